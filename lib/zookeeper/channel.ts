/**
 * A channel on ZooKeeper: below one path each member has an ephemeral znode of its own, and writes its latest message
 * there.
 *
 * What it costs: for each message one committed write, and for each listener one notification and one read; for each
 * listener one watch on the path and one for each member. A group of hundreds wants a longer interval.
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
  timer,
  toArray,
  withLatestFrom,
} from 'rxjs';
import type { Channel } from '../election/channel.js';
import { isRetriable } from '../errors.js';
import { again } from './again.js';
import { orNothing, rethrow } from './enlist.js';
import { isNodeExists, isNoNode } from './errors.js';
import type { Resolved } from './options.js';
import type { Session } from './session.js';

type Session$ = Observable<Session | undefined>;

const NODE = /-beat--?\d+$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (message: unknown) => encoder.encode(JSON.stringify(message));

/** The path is made by the first who posts. */
export function openChannel(session$: Session$, path: string, options: Resolved): Channel {
  return {
    publish: (id, message$, farewell) => publish(session$, placeOf(path, id), message$, farewell),
    heard$: session$.pipe(switchMap((session) => (session ? heardIn(session, path, options) : EMPTY))),
    hearing$: session$.pipe(
      switchMap((session) => session?.connection$ ?? of('suspended')),
      map((connection) => connection === 'connected'),
      distinctUntilChanged(),
    ),
  };
}

/** One member's znode: created in each session at its first message. */
interface Place {
  readonly path: string;
  readonly prefix: string;
  seat: { readonly session: Session; readonly path: string } | undefined;
}

const placeOf = (path: string, id: string): Place => ({
  path,
  prefix: `${encodeURIComponent(id)}-beat-`,
  seat: undefined,
});

function publish(
  session$: Session$,
  place: Place,
  message$: Observable<unknown>,
  farewell: () => unknown,
): Observable<never> {
  const send = (session: Session | undefined, message: unknown) =>
    session ? post(session, place, encode(message)).pipe(catchError(orLater)) : EMPTY;
  const goodbye$ = session$.pipe(
    take(1),
    switchMap((session) => send(session, farewell())),
    catchError(() => EMPTY),
  );
  return message$.pipe(
    withLatestFrom(session$),
    exhaustMap(([message, session]) => send(session, message)),
    takeUntil(session$.pipe(ignoreElements(), endWith(undefined))),
    finalize(() => goodbye$.subscribe()),
    ignoreElements(),
  );
}

/** What time can cure is cured by the next message. */
const orLater = (error: unknown) => (isRetriable(error) ? EMPTY : rethrow(error));

/** Writes into our znode; makes one where there is none (any more). */
function post(session: Session, place: Place, data: Uint8Array): Observable<unknown> {
  const { seat } = place;
  if (seat?.session !== session) return enter(session, place, data);
  return session.set(seat.path, data).pipe(orIfMissing(defer(() => enter(session, place, data))));
}

/** An unanswered create may have left a znode behind: it is found again by its owner. */
function enter(session: Session, place: Place, data: Uint8Array): Observable<unknown> {
  const create$ = session.create(`${place.path}/${place.prefix}`, data, 'ephemeral-sequential');
  const made$ = create$.pipe(orIfMissing(concat(ensure(session, place.path), create$)));
  const path$ = ours(session, place).pipe(
    switchMap((path) => (path ? session.set(path, data).pipe(map(() => path)) : made$)),
  );
  return path$.pipe(tap((path) => (place.seat = { session, path })));
}

/** The path of a znode that this session made before. */
function ours(session: Session, { path, prefix }: Place): Observable<string | undefined> {
  return session.children(path).pipe(
    orIfMissing(of([])),
    mergeMap((names) => names.filter((name) => name.startsWith(prefix) && NODE.test(name))),
    mergeMap((name) => orNothing(session.get(`${path}/${name}`))),
    filter((znode) => znode?.owner === session.id),
    toArray(),
    map(([first]) => first?.path),
  );
}

/** Creates what is missing, from below. Completes without a value. */
function ensure(session: Session, path: string): Observable<never> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  const create$ = session
    .create(path, new Uint8Array())
    .pipe(catchError((error) => (isNodeExists(error) ? EMPTY : rethrow(error))));
  return create$.pipe(
    catchError((error) => (isNoNode(error) && parent ? concat(ensure(session, parent), create$) : rethrow(error))),
    ignoreElements(),
  );
}

function heardIn(session: Session, path: string, options: Resolved): Observable<unknown> {
  const later = () => timer(options.retryMaxMs, options.clock.scheduler);
  // A path that is missing is looked for again.
  const members$ = defer(() => newcomers(session.watchChildren(path))).pipe(repeat({ delay: later }));
  return members$.pipe(
    mergeMap((name) => session.watch(`${path}/${name}`)),
    map(({ data }) => decode(data)),
    retry({ delay: again(session, options) }),
  );
}

/** Each member's znode, once. */
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

/** Goes on with something else where there is no such znode. */
function orIfMissing<V, W>(instead$: Observable<W>) {
  return (request$: Observable<V>): Observable<V | W> =>
    request$.pipe(catchError((error) => (isNoNode(error) ? instead$ : rethrow(error))));
}
