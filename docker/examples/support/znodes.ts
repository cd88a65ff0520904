/** Reading znodes, and making the empty ones that transactions need as parents. Writes that matter are fenced instead. */
import {
  catchError,
  defer,
  filter,
  firstValueFrom,
  map,
  type Observable,
  of,
  retry,
  switchMap,
  take,
  timeout,
  timer,
} from 'rxjs';
import { ConnectionLostError, SessionExpiredError, StoreError } from 'succession';
import type { ZooKeeperBackend } from 'succession/zookeeper';

type Session = NonNullable<ZooKeeperBackend['store']['session$'] extends Observable<infer S> ? S : never>;

export interface Found {
  readonly text: string;
  readonly version: number;
  /** Of its last change: rises with every write to the ensemble. */
  readonly mzxid: bigint;
}

/** What is there now; `undefined` if there is no such znode. Waits for the connection; rejects after 10 s. */
export function read(backend: ZooKeeperBackend, path: string): Promise<Found | undefined> {
  return ask(backend, (session) =>
    session.get(path).pipe(
      map(({ data, version, mzxid }) => ({ text: new TextDecoder().decode(data), version, mzxid })),
      catchError(unless('NO_NODE', undefined)),
    ),
  );
}

/** Names of the children; none if there is no such znode. */
export function childrenOf(backend: ZooKeeperBackend, path: string): Promise<readonly string[]> {
  return ask(backend, (session) => session.children(path).pipe(catchError(unless('NO_NODE', []))));
}

/** Makes a znode and its parents, unless they are there. Only the last one gets the data. */
export async function ensure(backend: ZooKeeperBackend, path: string, data = ''): Promise<void> {
  const names = path.split('/').slice(1);
  for (const at of names.keys()) {
    const bytes = new TextEncoder().encode(at === names.length - 1 ? data : '');
    const ancestor = `/${names.slice(0, at + 1).join('/')}`;
    await ask(backend, (session) => session.create(ancestor, bytes).pipe(catchError(unless('NODE_EXISTS', ancestor))));
  }
}

/** Asks again with the next connection: only for what may be asked twice. */
function ask<T>({ store }: ZooKeeperBackend, question: (session: Session) => Observable<T>): Promise<T> {
  const answer$ = store.session$.pipe(
    filter((session) => session !== undefined),
    switchMap((session) => session.connected$.pipe(switchMap(() => defer(() => question(session))))),
    take(1),
    retry({ delay: (error) => (isPassing(error) ? timer(50) : fail(error)) }),
    timeout(10_000),
  );
  return firstValueFrom(answer$);
}

const isPassing = (error: unknown) => error instanceof ConnectionLostError || error instanceof SessionExpiredError;

function unless<V>(code: string, value: V): (error: unknown) => Observable<V> {
  return (error) => (error instanceof StoreError && error.storeCode === code ? of(value) : fail(error));
}

function fail(error: unknown): never {
  throw error;
}
