import { randomUUID } from 'node:crypto';
import { filter, firstValueFrom, timeout } from 'rxjs';
import type { Election } from '../../lib/election/election.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { encodeProfile } from '../../lib/zookeeper/record.js';
import { BareClient, text } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';
import { namesOf } from './children.js';
import { call, connected, disconnected } from './library.js';
import { Loop } from './loop.js';
import type { BenchOptions } from './options.js';
import { eachOf, PATIENCE_MS, SESSION_TIMEOUT_MS, stand, verdict } from './population.js';
import { median, type Report, type Row, spread } from './report.js';

/** Each is done at most so often at each size. */
const MOST = 20;
const CREATES_AT_ONCE = 200;

type Act = () => Promise<unknown>;

/**
 * The longest time for which the event loop is held up while a long line is listed: by a candidate that joins, by reading the
 * whole line with what each publishes, by the client library's listing alone, and by the least that any reader does: the same
 * reply taken apart into its names. "Nothing" is what the machine does to a loop that only turns.
 */
export async function list(server: string, { listed, samples, root }: BenchOptions): Promise<Report> {
  const rows: Row[] = [];
  for (const count of listed) rows.push(...(await stalls(server, `${root}/list-${count}`, count, samples)));
  const curve = {
    title: 'Event loop held up by a listing, ms',
    rows: rows.filter(({ who }) => who !== 'nothing'),
    x: 'children',
    y: ['stall p50'],
    each: 'who',
  };
  return { title: 'Event loop held up by a listing, ms', rows, curve };
}

async function stalls(server: string, path: string, count: number, samples: number): Promise<Row[]> {
  const client = await crowd(server, path, count);
  const library = await connected(server);
  await using backend = zookeeper({ servers: server, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  const acts: [string, Act][] = [
    ['nothing', async () => undefined],
    ['bare reply', decoding((await client.request(opcode.getChildren, text(path), Buffer.from([0]))).body)],
    ['client library', () => call((done) => library.getChildren(path, undefined, done))],
    ['a candidate joins', joining(backend.election(path))],
    ['the line is read', () => reading(backend.election(path), count)],
  ];
  const times = Math.min(samples, MOST);
  const rows: Row[] = [];
  for (const [who, act] of acts) rows.push(row(count, who, await measure(times, act)));
  await disconnected(library);
  await client.close();
  const floor = rows.find(({ who }) => who === 'bare reply')!['stall p50'] as number;
  return rows.map((one) => ({ ...one, 'stall/bare': (one['stall p50'] as number) / floor }));
}

/** That many znodes as our candidates have them. */
async function crowd(server: string, path: string, count: number): Promise<BareClient> {
  const client = await BareClient.connect(server, 600_000);
  await client.create(path, '');
  const enter = async (i: number) => {
    const profile = Buffer.from(encodeProfile({ id: `c-${i}`, host: 'bench', pid: process.pid })).toString();
    const { error } = await client.create(
      `${path}/${namePrefix('curator', identityOf(randomUUID()), 10_000)}`,
      profile,
      3,
    );
    if (error !== 0) throw new Error(`the server answered ${error}`);
  };
  await eachOf(count, CREATES_AT_ONCE, enter);
  return client;
}

const decoding =
  (reply: Buffer): Act =>
  async () =>
    namesOf(reply);

/** Until it has a verdict. It leaves when the next one joins. */
function joining(election: Election): Act {
  let before: ReturnType<typeof stand> | undefined;
  return async () => {
    await before?.candidacy.resign();
    before = stand(election, 'newcomer');
    return verdict(before);
  };
}

const reading = ({ participants$ }: Election, count: number): Promise<unknown> =>
  firstValueFrom(
    participants$.pipe(
      filter(({ length }) => length >= count),
      timeout(PATIENCE_MS),
    ),
  );

interface Held {
  readonly took: number[];
  readonly stalls: number[];
}

/** Once beforehand, to warm up. */
async function measure(times: number, act: Act): Promise<Held> {
  const held: Held = { took: [], stalls: [] };
  await act();
  for (let i = 0; i < times; i++) {
    const loop = new Loop();
    const from = performance.now();
    await loop.turn();
    await act();
    await loop.turn();
    held.took.push(performance.now() - from);
    held.stalls.push(loop.stop());
  }
  return held;
}

const row = (children: number, who: string, { took, stalls }: Held): Row => ({
  children,
  who,
  times: took.length,
  ...spread('stall', stalls),
  'stall max': Math.max(...stalls),
  'took p50': median(took),
});
