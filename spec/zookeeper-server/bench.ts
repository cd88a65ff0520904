/**
 * `npm run bench:server`: the embedded server beside a real one, both in processes of their own, in one run. Start-up,
 * requests a second from 1 and 50 clients, hand-over of a watch, memory with 10 000 znodes and 1 000 sessions.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { BareClient, int, text } from '../support/bare-client.js';
import { until } from '../support/until.js';
import { startZooKeeper } from '../support/zookeeper.js';
import { opcodes } from './vocabulary.js';

interface Server extends AsyncDisposable {
  readonly connect: string;
  readonly pid: number;
}

const ms = (from: number): number => Math.round((performance.now() - from) * 100) / 100;

/** One in a process of its own. */
async function startEmbedded(): Promise<Server> {
  const library = new URL('../../lib/zookeeper-server/index.js', import.meta.url);
  const program = `import { EmbeddedZooKeeper } from '${library}'; console.log((await EmbeddedZooKeeper.start()).connectString)`;
  const args = ['--input-type=module', '-e', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [connect] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { connect, pid: child.pid as number, [Symbol.asyncDispose]: stop };
}

/** The time an in-process server takes from nothing to its first answer, in ms. */
async function startUpInProcess(): Promise<number> {
  const { EmbeddedZooKeeper } = await import('../../lib/zookeeper-server/index.js');
  const from = performance.now();
  await using zk = await EmbeddedZooKeeper.start();
  using client = await BareClient.connect(zk.connectString);
  await client.getData('/');
  return ms(from);
}

const sets = Buffer.concat([
  int(13),
  Buffer.from([0]),
  int(-1),
  text('/'),
  int(-1),
  int(-1),
  Buffer.from([1]),
  int(-1),
]);
const requests: Record<string, (client: BareClient, n: number) => Promise<unknown>> = {
  exists: (client) => client.request(opcodes.exists, text('/'), Buffer.from([0])),
  create: (client, n) => client.create(`/bench/${client.sessionId}-${n}`, 'data'),
  multi: (client) => client.request(opcodes.multi, sets),
};

/** Each client asks, waits for the answer, asks again, for a second. Requests a second, and the median in ms. */
async function rate(server: Server, clients: number, name: string): Promise<string> {
  const all = await Promise.all(Array.from({ length: clients }, () => BareClient.connect(server.connect)));
  const end = performance.now() + 1_000;
  const times: number[] = [];
  const ask = async (client: BareClient) => {
    for (let n = 0; performance.now() < end; n++) {
      const from = performance.now();
      await requests[name]?.(client, n);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(all.map(ask));
  await Promise.all(all.map((client) => client.close()));
  times.sort((a, b) => a - b);
  return `${times.length}/s, p50 ${(times[times.length >> 1] as number).toFixed(2)} ms`;
}

/** From the end of one's session until the other has heard and asked, in ms: the median of 50. */
async function handOver(server: Server): Promise<string> {
  const times: number[] = [];
  using waiting = await BareClient.connect(server.connect);
  for (let n = 0; n < 50; n++) {
    const leading = await BareClient.connect(server.connect);
    await leading.create('/leader', '', 1);
    await waiting.getData('/leader', true);
    const from = performance.now();
    const closed = leading.close();
    await until(() => waiting.notifications.length > n, { every: 0 });
    await waiting.getData('/');
    times.push(performance.now() - from);
    await closed;
  }
  return `p50 ${(times.sort((a, b) => a - b)[25] as number).toFixed(2)} ms`;
}

const megabytes = ({ pid }: Server): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

async function memory(server: Server): Promise<string> {
  const before = megabytes(server);
  const clients = await Promise.all(Array.from({ length: 1_000 }, () => BareClient.connect(server.connect)));
  const per = Array.from({ length: 10 }, (_, n) => n);
  await Promise.all(
    clients.map((client, at) => Promise.all(per.map((n) => client.create(`/bench/m${at}-${n}`, 'data')))),
  );
  const after = megabytes(server);
  await Promise.all(clients.map((client) => client.close()));
  return `${before} → ${after} MB`;
}

async function measure(name: string, start: () => Promise<Server>): Promise<void> {
  const from = performance.now();
  await using server = await start();
  console.log(`${name}\n  start-up as a process: ${ms(from)} ms`);
  using client = await BareClient.connect(server.connect);
  await client.create('/bench', '');
  for (const clients of [1, 50])
    for (const request of Object.keys(requests))
      console.log(`  ${request} from ${clients}: ${await rate(server, clients, request)}`);
  console.log(`  hand-over: ${await handOver(server)}`);
  console.log(`  memory, 10 000 znodes and 1 000 sessions more: ${await memory(server)}`);
}

console.log(`embedded, in this process\n  start-up: ${await startUpInProcess()} ms`);
await measure('embedded, a process', startEmbedded);
await measure('real', () => startZooKeeper());
