/** What `bench.ts` asks of a server, whichever it is. */
import { readFileSync } from 'node:fs';
import { BareClient, int, text } from '../support/bare-client.js';
import { until } from '../support/until.js';
import { opcodes } from './vocabulary.js';

const check = Buffer.concat([
  int(opcodes.check),
  Buffer.from([0]),
  int(-1),
  text('/'),
  int(-1),
  int(-1),
  Buffer.from([1]),
  int(-1),
]);

/** No path is made twice. */
let created = 0;

export const requests: Record<string, (client: BareClient) => Promise<unknown>> = {
  exists: (client) => client.request(opcodes.exists, text('/'), Buffer.from([0])),
  create: (client) => client.create(`/bench/${created++}`, 'data'),
  multi: (client) => client.request(opcodes.multi, check),
};

/** Each client asks, waits for the answer, asks again, for so long. How long each answer took, in ms. */
export async function load(server: string, clients: number, name: string, forMs: number): Promise<number[]> {
  const all = await Promise.all(Array.from({ length: clients }, () => BareClient.connect(server)));
  const times: number[] = [];
  const end = performance.now() + forMs;
  const ask = async (client: BareClient) => {
    for (let from = performance.now(); from < end; from = performance.now()) {
      await requests[name]?.(client);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(all.map(ask));
  await Promise.all(all.map((client) => client.close()));
  return times;
}

/** From the end of one's session until the other has heard and asked, in ms, each time. */
export async function handOver(server: string, count: number): Promise<number[]> {
  const times: number[] = [];
  using waiting = await BareClient.connect(server);
  while (times.length < count) {
    const leading = await BareClient.connect(server);
    await leading.create('/leader', '', 1);
    await waiting.getData('/leader', true);
    const from = performance.now();
    const closed = leading.close();
    await until(() => waiting.notifications.length > times.length, { every: 0 });
    await waiting.getData('/');
    times.push(performance.now() - from);
    await closed;
  }
  return times;
}

/** Processor time that a process has used so far, in µs: what other programs take meanwhile is not in it. */
export function processorTime(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number) as [number, number];
  return (user + system) * 10_000;
}

export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] as number;

export const median = (values: readonly number[]): number => percentile(values, 0.5);
