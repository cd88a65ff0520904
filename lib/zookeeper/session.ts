/**
 * Sessions: from the server's grant to the end, across connections. A place in line lives as long as its session.
 *
 * What the library underneath never notices is noticed here: a silent server (we ask for signs of life ourselves and
 * drop a connection that owes an answer), a session that must be over (suspended for three timeouts: an ensemble that
 * was rebuilt refuses the old session for ever, without a word), and a timeout the server changed under our options.
 */
import { defer, distinctUntilChanged, Observable, of, type Subscriber, type Subscription, timer } from 'rxjs';
import { afterwards, andThen, firstOf } from '../election/flow.js';
import { AuthenticationError, ConnectionLostError } from '../errors.js';
import { backOff, type Client, type ClientState, type OpenClient, openClient } from './client.js';
import type { Resolved, Timings } from './options.js';
import { type Prove, prover } from './renewal.js';
import { type Requests, requests } from './requests.js';
import { newTally, type Tally } from './tally.js';
import { type UntilVacant, vacancies } from './vacancy.js';
import { type Glancer, vigil } from './vigil.js';

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
  /** For whoever waits for the end of a znode: hears of it where our server does not, and of the end of the wire. */
  readonly untilVacant: UntilVacant;
  /** Lets `who` see the znode each time it was read in place of a heartbeat, taking turns with other paths. Costs no request more. */
  glance(path: string, who: Glancer): void;
  /** Takes that back. */
  overlook(path: string, who: Glancer): void;
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
  const pause$ = defer(() => timer(backOff(3, options), options.clock.scheduler));
  const next = (): Observable<Session | undefined> =>
    afterwards(oneSession(options, closing, tally, open), () => afterwards(of(undefined), () => andThen(pause$, next)));
  return afterwards(of(undefined), next).pipe(distinctUntilChanged());
}

function oneSession(
  options: Resolved,
  closing: (closed: Promise<void>) => void,
  tally: Tally,
  open: OpenClient,
): Observable<Session> {
  return new Observable((subscriber) => {
    const client = open(options, options.clock.now);
    const connected$ = firstOf(client.state$, (state) => state.kind === 'connected');
    const heard = (state: ClientState) => {
      options.logger.debug({ ...state }, 'zookeeper: connection');
      if (state.kind === 'ended') end(state, subscriber);
    };
    subscriber.add(client.state$.subscribe(heard));
    andThen(connected$, (state) => granted(client, state, options, tally)).subscribe(subscriber);
    subscriber.add(() => closing(client.close(options.silenceMs)));
  });
}

/** The session is over at the server. Refused credentials are an error: a new session would be refused too. */
function end({ why, cause }: State<'ended'>, subscriber: Subscriber<Session>): void {
  if (why === 'refused') subscriber.error(new AuthenticationError({ cause }));
  else subscriber.complete();
}

type State<K extends ClientState['kind']> = Extract<ClientState, { kind: K }>;

/** The session, kept alive until it is given up. */
function granted(client: Client, state: State<'connected'>, options: Resolved, tally: Tally): Observable<Session> {
  const timings = options.timings(state.timeoutMs);
  const connection$ = connectionOf(client);
  const connected$ = firstOf(connection$, (connection) => connection === 'connected');
  const asked = requests(client, options.acl, options.chroot, connection$);
  const signs = tally.counting(asked);
  const { glance, overlook, kept$ } = vigil(client, signs, timings, options.clock);
  const prove = prover(signs, connected$, options.clock);
  const lost$ = lossOf(client);
  const isConnected = () => client.state.kind === 'connected';
  const untilVacant = vacancies(asked, connection$, isConnected, timings, options.clock);
  const id = state.sessionId;
  const session: Session = {
    id,
    timings,
    connection$,
    connected$,
    lost$,
    prove,
    untilVacant,
    glance,
    overlook,
    ...asked,
  };
  return new Observable((subscriber) => {
    giveUpInTime(connection$, timings, options, subscriber);
    subscriber.next(session);
    subscriber.add(kept$.subscribe());
  });
}

/** Completes with the session. */
function connectionOf({ state$ }: Client): Session['connection$'] {
  return new Observable((subscriber) =>
    state$.subscribe(({ kind }) => {
      if (kind === 'ended') subscriber.complete();
      else subscriber.next(kind === 'connected' ? 'connected' : 'suspended');
    }),
  );
}

/** Errors when the wire is down, completes with the session. */
function lossOf({ state$ }: Client): Session['lost$'] {
  return new Observable((subscriber) =>
    state$.subscribe(({ kind }) => {
      if (kind === 'ended') subscriber.complete();
      else if (kind !== 'connected') subscriber.error(new ConnectionLostError());
    }),
  );
}

/** Ends the session when it has been without a connection for so long that only a new one can help. */
function giveUpInTime(
  connection$: Session['connection$'],
  { sessionTimeoutMs }: Timings,
  { clock, logger }: Resolved,
  subscriber: Subscriber<Session>,
): void {
  const limitMs = ABANDON_AFTER_TIMEOUTS * sessionTimeoutMs;
  let waiting: Subscription | undefined;
  const giveUp = () => {
    logger.warn({ limitMs }, 'zookeeper: session given up, it could not be resumed');
    subscriber.complete();
  };
  const heard = (state: 'connected' | 'suspended') => {
    waiting?.unsubscribe();
    waiting = state === 'suspended' ? timer(limitMs, clock.scheduler).subscribe(giveUp) : undefined;
    subscriber.add(waiting);
  };
  subscriber.add(connection$.subscribe(heard));
}
