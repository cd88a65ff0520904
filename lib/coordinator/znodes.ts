/** What the group does with the store besides roles: make, change and follow its znodes. */
import {
  catchError,
  concat,
  connect,
  defer,
  EMPTY,
  endWith,
  filter,
  finalize,
  ignoreElements,
  type MonoTypeOperatorFunction,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  repeat,
  retry,
  scan,
  switchMap,
  take,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import { isMissing, isOtherVersion, type Store, type StoredNode, type StoreSession } from '../election/store.js';
import { DeadlineError, isRetriable, StoreError } from '../errors.js';
import type { Clock } from '../options.js';

/** How long to wait before what failed for reasons of the moment is tried again. */
const AGAIN_MS = 500;

/** Makes it if it is missing, and its parents; what is there stays. Completes without a value. */
export function ensure(session: StoreSession, path: string, data = new Uint8Array()): Observable<never> {
  const create$ = session.create(path, data).pipe(catchError((error) => (isThere(error) ? EMPTY : rethrow(error))));
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  return create$.pipe(
    catchError((error) =>
      isMissing(error) && path !== '/' ? concat(ensure(session, parent), create$) : rethrow(error),
    ),
    ignoreElements(),
  );
}

export const isThere = (error: unknown): boolean => error instanceof StoreError && error.storeCode === 'NODE_EXISTS';

/** The znode, `undefined` if there is none. */
export function read(session: StoreSession, path: string): Observable<StoredNode | undefined> {
  return session.get(path).pipe(catchError((error) => (isMissing(error) ? of(undefined) : rethrow(error))));
}

/**
 * Changes what a znode holds, making it if it is missing. `change` is asked again when somebody else was faster, and says
 * `undefined` if there is nothing to do; it must come to the same when it is asked twice. Emits once.
 */
export function update(
  session: StoreSession,
  path: string,
  change: (data: Uint8Array) => Uint8Array | undefined,
): Observable<true> {
  return defer(() => read(session, path)).pipe(
    switchMap((found) => {
      const data = change(found?.data ?? new Uint8Array());
      if (!data) return EMPTY;
      return found ? session.set(path, data, found.version) : session.create(path, data);
    }),
    retry({ delay: (error) => (isOtherVersion(error) || isThere(error) || isMissing(error) ? of(0) : rethrow(error)) }),
    ignoreElements(),
    endWith(true as const),
  );
}

/** Asks in whatever session there is, and in the next one if that ends before it is answered. Emits the first answer. */
export function withStore<T>(store: Store, clock: Clock, ask: (session: StoreSession) => Observable<T>): Observable<T> {
  return store.session$.pipe(
    switchMap((session) => (session ? ask(session) : NEVER)),
    take(1),
    retry({ delay: (error) => (isRetriable(error) ? timer(AGAIN_MS, clock.scheduler) : rethrow(error)) }),
  );
}

/** The source, with a DeadlineError if it has not completed by then. */
export function within<T>(what: string, ms: number, clock: Clock): MonoTypeOperatorFunction<T> {
  return (source$) => {
    const late$ = timer(ms, clock.scheduler).pipe(map(() => fail(new DeadlineError(what, ms))));
    return source$.pipe(
      connect((value$) => merge(value$, late$.pipe(takeUntil(value$.pipe(ignoreElements(), endWith(0)))))),
    );
  };
}

/** A znode that is never removed: now and after each change. If somebody removes it all the same, looks again. */
export function follow(session: StoreSession, path: string, clock: Clock): Observable<StoredNode> {
  return session.watch(path).pipe(repeat({ delay: () => timer(AGAIN_MS, clock.scheduler) }));
}

/** The children and what they hold, now and after each change. Says nothing until each of them has been read. */
export function followChildren<T>(
  session: StoreSession,
  path: string,
  decode: (data: Uint8Array) => T,
  clock: Clock,
): Observable<ReadonlyMap<string, T>> {
  return defer(() => {
    const followed = new Set<string>();
    const child = (name: string): Observable<News<T>> => {
      followed.add(name);
      const values$ = session.watch(`${path}/${name}`).pipe(map(({ data }) => decode(data)));
      return concat(values$, of(undefined)).pipe(
        map((value) => ({ name, value })),
        finalize(() => followed.delete(name)),
      );
    };
    const names$ = session.watchChildren(path).pipe(repeat({ delay: () => timer(AGAIN_MS, clock.scheduler) }));
    return names$.pipe(
      mergeMap((names) => merge(of({ names }), ...names.filter((name) => !followed.has(name)).map(child))),
      scan(heard<T>, { names: [], values: new Map() } as Heard<T>),
      filter(({ names, values }) => names.every((name) => values.has(name))),
      map(({ names, values }) => present(names, values)),
    );
  });
}

/** A list of names, or what one of them holds: `undefined` when it is gone. */
type News<T> = { readonly names: readonly string[] } | { readonly name: string; readonly value: T | undefined };

interface Heard<T> {
  readonly names: readonly string[];
  readonly values: ReadonlyMap<string, T | undefined>;
}

const heard = <T>({ names, values }: Heard<T>, news: News<T>): Heard<T> =>
  'names' in news ? { names: news.names, values } : { names, values: new Map([...values, [news.name, news.value]]) };

const present = <T>(names: readonly string[], values: ReadonlyMap<string, T | undefined>): ReadonlyMap<string, T> =>
  new Map(
    names.map((name) => [name, values.get(name)] as const).filter((one): one is [string, T] => one[1] !== undefined),
  );

function fail(error: unknown): never {
  throw error;
}

const rethrow = (error: unknown): Observable<never> => throwError(() => error);
