import { filter, firstValueFrom, timeout } from 'rxjs';
import type { Backend } from '../../lib/election/election.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import type { BenchOptions } from './options.js';
import { eachOf, JOINING_AT_ONCE, PATIENCE_MS, Population, SESSION_TIMEOUT_MS } from './population.js';
import type { Report, Row } from './report.js';

interface Used {
  readonly heap: number;
  readonly resident: number;
}

/** What each further session keeps in memory, with and without a candidacy, and each further candidacy on one session. */
export async function memory(server: string, { crowd, root }: BenchOptions): Promise<Report> {
  const few = Math.ceil(crowd / 10);
  const own = (below: string) => (count: number) => Population.join(server, `${root}/${below}-${count}`, count, count);
  const shared = (below: string) => (count: number) => Population.join(server, `${root}/${below}-${count}`, count, 1);
  const rows = [
    row('session', await growth(few, crowd, (count) => idleSessions(server, count))),
    row('session with a candidacy', await growth(few, crowd, own('memory-own'))),
    row('candidacy on one session', await growth(few, crowd, shared('memory-one'))),
  ];
  return { title: `Memory of each further one, from ${few} to ${few + crowd}`, rows };
}

const row = (one: string, { heap, resident }: Used): Row => ({
  'each further': one,
  'heap, KB': heap / 1024,
  'resident, KB': resident / 1024,
});

/** The first few pay for what all share. */
async function growth(few: number, crowd: number, come: (count: number) => Promise<AsyncDisposable>): Promise<Used> {
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
