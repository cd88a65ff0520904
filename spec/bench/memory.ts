import { randomUUID } from 'node:crypto';
import { BehaviorSubject, filter, firstValueFrom, Observable, ReplaySubject, timeout } from 'rxjs';
import type { Backend } from '../../lib/election/election.js';
import { follower, type Leadership } from '../../lib/election/leadership.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { identityOf, NEAREST, namePrefix } from '../../lib/zookeeper/line.js';
import { ClientFloor } from './client-floor.js';
import { connected, disconnected, type LibraryClient } from './library.js';
import type { BenchOptions } from './options.js';
import { eachOf, JOINING_AT_ONCE, PATIENCE_MS, Population, SESSION_TIMEOUT_MS } from './population.js';
import type { Report, Row } from './report.js';

interface Used {
  readonly heap: number;
  readonly resident: number;
}

/** So many come: ours, or by hand with the bare client. */
type Come = (count: number) => Promise<AsyncDisposable>;

/**
 * What each further session keeps in memory, with and without a candidacy, and each further candidacy on one session; beside it
 * the same by hand with the bare client library: a session, a znode, and a watch on the one ahead. The last two rows are the least
 * that any candidacy keeps whose leadership is an observable: that watch, and one cold observable made hot; and what it has to
 * remember besides to read the line only once.
 */
export async function memory(server: string, { crowd, root }: BenchOptions): Promise<Report> {
  const few = Math.ceil(crowd / 10);
  const each = async (one: string, come: Come, floor: Come) =>
    row(one, await growth(few, crowd, come), await growth(few, crowd, floor));
  const ours = (name: string, own: boolean) => (count: number) =>
    Population.join(server, `${root}/${name}-${count}`, count, own ? count : 1);
  const bare = (name: string, own: boolean, keep?: () => unknown) => (count: number) =>
    byHand(server, `${root}/${name}-${count}`, count, own, keep);
  const rows = [
    await each(
      'session',
      (count) => idleSessions(server, count),
      (count) => bareSessions(server, count),
    ),
    await each('session with a candidacy', ours('memory-own', true), bare('bare-own', true)),
    await each('candidacy on one session', ours('memory-one', false), bare('bare-one', false)),
    await each('the same, observed', ours('memory-same', false), bare('bare-observed', false, hot)),
    await each('and remembering', ours('memory-again', false), bare('bare-remembering', false, remembering)),
  ];
  return { title: `Memory of each further one, from ${few} to ${few + crowd}, KB`, rows };
}

/** A follower's value, replayed to whoever comes late. */
function hot(): Observable<Leadership> {
  const kept$ = new ReplaySubject<Leadership>(1);
  const stand$ = new Observable<Leadership>((subscriber) => {
    subscriber.next(follower(1));
    return () => undefined;
  });
  stand$.subscribe(kept$);
  return kept$.asObservable();
}

/** That, what its participant wishes, where its own place is, and who the nearest of those ahead are. */
function remembering() {
  const nearest = Array.from({ length: NEAREST }, (_, i) => ({ name: nameOf(i) }));
  return { shown$: hot(), wish$: new BehaviorSubject('stand'), place: `/election/${nameOf(NEAREST)}`, nearest };
}

/** As one reads it from a listing. */
const nameOf = (sequence: number): string => {
  const name = namePrefix('curator', identityOf(randomUUID()), SESSION_TIMEOUT_MS / 3);
  return Buffer.from(name + String(sequence).padStart(10, '0')).toString('latin1');
};

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

/** One after another: each watches the one before. `keep`: what each keeps besides. */
async function byHand(
  server: string,
  path: string,
  count: number,
  own: boolean,
  keep?: () => unknown,
): Promise<AsyncDisposable> {
  const floor = new ClientFloor(server, path);
  const kept: unknown[] = [];
  for (let i = 0; i < count; i++)
    kept.push(
      await floor.stand({ id: `c-${i}`, session: own ? i : 0, ahead: undefined, heartbeatMs: undefined }),
      keep?.(),
    );
  return { [Symbol.asyncDispose]: () => floor.close().then(() => void kept.splice(0)) };
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
