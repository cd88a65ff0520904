/**
 * A channel in a backend's store: below one path each member has an ephemeral node of its own, and writes its latest
 * message there.
 *
 * What it costs: for each message one committed write, and for each listener one notification and one read; for each
 * listener one watch on the path and one for each member. Groups of hundreds want a longer interval.
 */
import {
  catchError,
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  exhaustMap,
  filter,
  finalize,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  of,
  repeat,
  retry,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
  withLatestFrom,
} from 'rxjs';
import type { Channel } from '../election/channel.js';
import type { Store, StoreSession } from '../election/store.js';
import { isRetriable, StoreError } from '../errors.js';
import type { Clock } from '../options.js';

/** How long until a missing path is looked for again, and an error that time may cure is tried again, in ms. */
const AGAIN_MS = 500;
const NODE = /-beat--?\d+$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (message: unknown) => encoder.encode(JSON.stringify(message));

/** `name` is the path in the store. */
export function storeChannel({ session$ }: Pick<Store, 'session$'>, name: string, clock: Clock): Channel {
  const path = `/${name.replace(/^\/+|\/+$/g, '')}`;
  return {
    publish: (id, message$, farewell) => publish(session$, placeOf(path, id), message$, farewell),
    heard$: session$.pipe(switchMap((session) => (session ? heardIn(session, path, clock) : EMPTY))),
    hearing$: session$.pipe(
      switchMap((session) => session?.connection$ ?? of('suspended')),
      map((connection) => connection === 'connected'),
      distinctUntilChanged(),
    ),
  };
}

/** One member's node: created in each session at its first message. */
interface Place {
  readonly path: string;
  readonly prefix: string;
  seat: { readonly session: StoreSession; readonly path: string } | undefined;
}

const placeOf = (path: string, id: string): Place => ({
  path,
  prefix: `${encodeURIComponent(id)}-beat-`,
  seat: undefined,
});

function publish(
  session$: Store['session$'],
  place: Place,
  message$: Observable<unknown>,
  farewell: () => unknown,
): Observable<never> {
  const send = (session: StoreSession | undefined, message: unknown) =>
    session
      ? post(session, place, encode(message)).pipe(
          catchError((error) => (isRetriable(error) ? EMPTY : throwError(() => error))),
        )
      : EMPTY;
  const sayFarewell = () =>
    session$
      .pipe(
        take(1),
        switchMap((session) => send(session, farewell())),
        catchError(() => EMPTY),
      )
      .subscribe();
  return message$.pipe(
    withLatestFrom(session$),
    exhaustMap(([message, session]) => send(session, message)),
    takeUntil(session$.pipe(ignoreElements(), endWith(undefined))),
    finalize(sayFarewell),
    ignoreElements(),
  );
}

/** Writes into our node; makes it where there is none (any more). */
function post(session: StoreSession, place: Place, data: Uint8Array): Observable<unknown> {
  const { seat } = place;
  if (seat?.session !== session) return enter(session, place, data);
  return session.set(seat.path, data).pipe(orIfMissing(defer(() => enter(session, place, data))));
}

/** An unanswered create may have left a node behind: it is found again by its owner. */
function enter(session: StoreSession, place: Place, data: Uint8Array): Observable<unknown> {
  const create$ = session.create(`${place.path}/${place.prefix}`, data, 'ephemeral-sequential');
  const made$ = create$.pipe(orIfMissing(concat(ensure(session, place.path), create$)));
  const found$ = ours(session, place).pipe(
    switchMap((path) => (path ? session.set(path, data).pipe(map(() => path)) : made$)),
  );
  return found$.pipe(tap((path) => (place.seat = { session, path })));
}

/** The path of a node that this session made before. */
function ours(session: StoreSession, { path, prefix }: Place): Observable<string | undefined> {
  const candidates$ = session.children(path).pipe(
    orIfMissing(of([])),
    mergeMap((names) => names.filter((name) => name.startsWith(prefix) && NODE.test(name))),
    mergeMap((name) => session.get(`${path}/${name}`).pipe(orIfMissing(EMPTY))),
    filter(({ owner }) => owner === session.id),
    toArray(),
  );
  return candidates$.pipe(map(([first]) => first?.path));
}

/** Creates what is missing, from below. Completes without a value. */
function ensure(session: StoreSession, path: string): Observable<never> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  const create$ = session
    .create(path, new Uint8Array())
    .pipe(catchError((error) => (isCode(error, 'NODE_EXISTS') ? EMPTY : throwError(() => error))));
  return create$.pipe(orIfMissing(parent ? concat(ensure(session, parent), create$) : EMPTY), ignoreElements());
}

function heardIn(session: StoreSession, path: string, clock: Clock): Observable<unknown> {
  const again = () => timer(AGAIN_MS, clock.scheduler);
  const members$ = defer(() => newcomers(session.watchChildren(path))).pipe(repeat({ delay: again }));
  return members$.pipe(
    mergeMap((name) => session.watch(`${path}/${name}`)),
    map(({ data }) => decode(data)),
    retry({ delay: (error) => (isRetriable(error) ? again() : throwError(() => error)) }),
  );
}

/** Each member's node, once. */
function newcomers(names$: Observable<readonly string[]>): Observable<string> {
  let known = new Set<string>();
  return names$.pipe(
    mergeMap((names) => {
      const fresh = names.filter((name) => NODE.test(name) && !known.has(name));
      known = new Set(names);
      return fresh;
    }),
  );
}

function decode(data: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch {
    return undefined;
  }
}

const isCode = (error: unknown, code: string) => error instanceof StoreError && error.storeCode === code;

/** Goes on with something else where there is no such node. */
function orIfMissing<V, W>(instead$: Observable<W>) {
  return (request$: Observable<V>): Observable<V | W> =>
    request$.pipe(catchError((error) => (isCode(error, 'NO_NODE') ? instead$ : throwError(() => error))));
}
