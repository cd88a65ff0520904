/**
 * Sessions: from the server's grant to the end, across connections. A place in line lives as long as its session.
 *
 * What the library underneath never notices is noticed here: a silent server (we ask for signs of life ourselves and
 * drop a connection that owes an answer), a session that must be over (suspended for three timeouts: an ensemble that
 * was rebuilt refuses the old session for ever, without a word), and a timeout the server changed under our options.
 */
import {
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  finalize,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  ReplaySubject,
  repeat,
  share,
  startWith,
  switchMap,
  take,
  takeUntil,
  takeWhile,
  tap,
  throwError,
  throwIfEmpty,
  timer,
} from 'rxjs';
import { afterwards, andThen } from '../election/flow.js';
import { AuthenticationError, ConnectionLostError } from '../errors.js';
import { backOff, type Client, type OpenClient, openClient } from './client.js';
import type { Resolved, Timings } from './options.js';
import { type Prove, prover } from './renewal.js';
import { type Requests, requests, type Znode } from './requests.js';
import { newTally, type Tally } from './tally.js';
import { vigil } from './vigil.js';

/** Requests fail when the connection does; watches go on across reconnects. */
export interface Session extends Requests {
  readonly id: bigint;
  /** For the timeout that the server negotiated. */
  readonly timings: Timings;
  /** Replays; completes with the session. */
  readonly connection$: Observable<'connected' | 'suspended'>;
  /** Emits once and completes as soon as the wire is up. */
  readonly connected$: Observable<unknown>;
  /** Errors with ConnectionLostError as soon as the wire is down. Never emits. */
  readonly lost$: Observable<never>;
  /** Acknowledged writes that name a znode: what a lease lives on. */
  readonly prove: Prove;
  /** The znode each time it was read in place of a heartbeat, taking turns with other paths. Costs no request more. */
  glance(path: string): Observable<Znode>;
}

/** How long a session is kept without a connection before it is given up for a new one, in session timeouts. */
const ABANDON_AFTER_TIMEOUTS = 3;

/**
 * The sessions of one client, one after another; `undefined` between them. Cold: subscribing connects, unsubscribing
 * ends the session. Errors with AuthenticationError or InvalidOptionError (the negotiated timeout does not fit).
 * `closing` hears of every end, so that somebody can wait for it.
 */
export function sessions(
  options: Resolved,
  closing: (closed: Promise<void>) => void,
  tally: Tally = newTally(options.clock),
  open: OpenClient = openClient,
): Observable<Session | undefined> {
  const { scheduler } = options.clock;
  const pause = () => timer(backOff(3, options), scheduler);
  return concat(oneSession(options, closing, tally, open), of(undefined)).pipe(
    repeat({ delay: pause }),
    startWith(undefined),
    distinctUntilChanged(),
  );
}

function oneSession(
  options: Resolved,
  closing: (closed: Promise<void>) => void,
  tally: Tally,
  open: OpenClient,
): Observable<Session> {
  return defer(() => {
    const client = open(options, options.clock.now);
    return client.state$.pipe(
      tap((state) => options.logger.debug({ ...state }, 'zookeeper: connection')),
      filter((state) => state.kind === 'connected'),
      take(1),
      switchMap(({ sessionId, timeoutMs }) => granted(client, sessionId, options.timings(timeoutMs), options, tally)),
      takeUntil(ended(client)),
      finalize(() => closing(client.close(options.silenceMs))),
    );
  });
}

/** The session, kept alive until it is given up. */
function granted(client: Client, id: bigint, timings: Timings, options: Resolved, tally: Tally): Observable<Session> {
  const connection$ = client.state$.pipe(
    takeWhile((state) => state.kind !== 'ended'),
    map((state) => (state.kind === 'connected' ? 'connected' : 'suspended')),
    distinctUntilChanged(),
    share({ connector: () => new ReplaySubject(1) }),
  );
  const connected$ = connection$.pipe(
    filter((state) => state === 'connected'),
    take(1),
  );
  const lost$ = connection$.pipe(
    filter((state) => state === 'suspended'),
    switchMap(() => throwError(() => new ConnectionLostError())),
    share(),
  );
  const asked = requests(client, options.acl, options.chroot);
  /** Once more with the next connection of this session; if there is none any more, the error stands. */
  const resumed = <T>(watched$: Observable<T>): Observable<T> =>
    afterwards(
      watched$,
      () => EMPTY,
      (error) => {
        if (!(error instanceof ConnectionLostError)) throw error;
        return andThen(connected$.pipe(throwIfEmpty(() => error)), () => resumed(watched$));
      },
    );
  const signs = tally.counting(asked);
  const { glance, kept$ } = vigil(client, signs, timings, options.clock);
  const session: Session = {
    ...asked,
    watch: (path) => resumed(asked.watch(path)),
    watchChildren: (path) => resumed(asked.watchChildren(path)),
    id,
    timings,
    connection$,
    connected$,
    lost$,
    prove: prover(signs, connected$, options.clock),
    glance,
  };
  return merge(of(session), kept$).pipe(takeUntil(tooLong(connection$, timings, options)));
}

/** Emits when the session is over at the server. Refused credentials are an error: a new session would be refused too. */
function ended(client: Client): Observable<unknown> {
  return client.state$.pipe(
    filter((state) => state.kind === 'ended'),
    switchMap(({ why, cause }) => (why === 'refused' ? throwError(() => new AuthenticationError({ cause })) : of(why))),
  );
}

/** Emits when the session has been without a connection for so long that only a new one can help. */
function tooLong(
  connection$: Session['connection$'],
  { sessionTimeoutMs }: Timings,
  { clock, logger }: Resolved,
): Observable<unknown> {
  const limitMs = ABANDON_AFTER_TIMEOUTS * sessionTimeoutMs;
  return connection$.pipe(
    switchMap((state) => (state === 'suspended' ? timer(limitMs, clock.scheduler) : NEVER)),
    tap(() => logger.warn({ limitMs }, 'zookeeper: session given up, it could not be resumed')),
  );
}
