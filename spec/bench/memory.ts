import { filter, firstValueFrom, timeout } from 'rxjs';
import type { Backend } from '../../lib/election/election.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { ClientFloor } from './client-floor.js';
import { connected, disconnected, type LibraryClient } from './library.js';
import type { BenchOptions } from './options.js';
import { eachOf, JOINING_AT_ONCE, PATIENCE_MS, Population, SESSION_TIMEOUT_MS } from './population.js';
import type { Report, Row } from './report.js';
import type { Standing } from './standing.js';

interface Used {
  readonly heap: number;
  readonly resident: number;
}

/** So many come: ours, or by hand with the bare client. */
type Come = (count: number) => Promise<AsyncDisposable>;

/**
 * What each further session keeps in memory, with and without a candidacy, and each further candidacy on one session; beside it
 * the same by hand with the bare client library: a session, a znode, and a watch on the one ahead.
 */
export async function memory(server: string, { crowd, root }: BenchOptions): Promise<Report> {
  const few = Math.ceil(crowd / 10);
  const ours = (own: boolean) => (count: number) =>
    Population.join(server, `${root}/memory-${own}-${count}`, count, own ? count : 1);
  const bare = (own: boolean) => (count: number) => byHand(server, `${root}/bare-${own}-${count}`, count, own);
  const each = async (one: string, come: Come, floor: Come) =>
    row(one, await growth(few, crowd, come), await growth(few, crowd, floor));
  const rows = [
    await each(
      'session',
      (count) => idleSessions(server, count),
      (count) => bareSessions(server, count),
    ),
    await each('session with a candidacy', ours(true), bare(true)),
    await each('candidacy on one session', ours(false), bare(false)),
  ];
  return { title: `Memory of each further one, from ${few} to ${few + crowd}, KB`, rows };
}

const row = (one: string, ours: Used, client: Used): Row => ({
  'each further': one,
  'our heap': ours.heap / 1024,
  'client heap': client.heap / 1024,
  'ours/client': ours.heap / client.heap,
  'our resident': ours.resident / 1024,
  'client resident': client.resident / 1024,
});

/** The first few pay for what all share. */
async function growth(few: number, crowd: number, come: Come): Promise<Used> {
  await using _first = await come(few);
  const before = await used();
  await using _more = await come(crowd);
  const after = await used();
  return { heap: (after.heap - before.heap) / crowd, resident: (after.resident - before.resident) / crowd };
}

/** Backends that are connected and do nothing. */
async function idleSessions(server: string, count: number): Promise<AsyncDisposable> {
  const backends: Backend[] = [];
  const close = (i: number) => backends[i]?.close() ?? Promise.resolve();
  await eachOf(count, JOINING_AT_ONCE, async (i) => {
    const backend = zookeeper({ servers: server, sessionTimeoutMs: SESSION_TIMEOUT_MS });
    backends[i] = backend;
    const connected$ = backend.connection$.pipe(filter((state) => state === 'connected'));
    await firstValueFrom(connected$.pipe(timeout(PATIENCE_MS)));
  });
  return { [Symbol.asyncDispose]: () => eachOf(count, JOINING_AT_ONCE, close) };
}

async function bareSessions(server: string, count: number): Promise<AsyncDisposable> {
  const clients: LibraryClient[] = [];
  await eachOf(count, JOINING_AT_ONCE, async (i) => {
    clients[i] = await connected(server);
  });
  return { [Symbol.asyncDispose]: () => eachOf(count, JOINING_AT_ONCE, (i) => disconnected(clients[i]!)) };
}

/** One after another: each watches the one before. */
async function byHand(server: string, path: string, count: number, own: boolean): Promise<AsyncDisposable> {
  const floor = new ClientFloor(server, path);
  const standing: Standing[] = [];
  for (let i = 0; i < count; i++)
    standing.push(await floor.stand({ id: `c-${i}`, session: own ? i : 0, ahead: undefined, heartbeatMs: undefined }));
  return { [Symbol.asyncDispose]: () => floor.close().then(() => void standing.splice(0)) };
}

/** After a collection; twice, since the first one only queues what has a finalizer. */
async function used(): Promise<Used> {
  if (!globalThis.gc) throw new Error('the memory part needs node --expose-gc');
  for (let i = 0; i < 2; i++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss };
}
