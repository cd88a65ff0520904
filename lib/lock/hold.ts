/** One attempt: a candidacy that stands for one piece of work, and leaves when the work, the wait or the lock is over. */
import {
  catchError,
  concat,
  filter,
  firstValueFrom,
  fromEvent,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  take,
  throwError,
  timer,
} from 'rxjs';
import type { Backend, Candidacy, Election } from '../election/election.js';
import type { Leading, Resignation } from '../election/leadership.js';
import { ClosedError, DeadlineError } from '../errors.js';
import type { Clock } from '../options.js';
import type { ResolvedLockOptions, Wait } from './options.js';

/** A lock that is held. */
export interface Held extends AsyncDisposable {
  /** Larger than that of everybody who held the lock before: give it to what you write to. */
  readonly token: bigint;
  /** Aborts when the lock is lost or released, whichever comes first. */
  readonly signal: AbortSignal;
  /** Asks the monotonic clock at this very call. */
  isValid(): boolean;
  /** Idempotent; never rejects; bounded by `releaseTimeoutMs`. */
  release(): Promise<Resignation>;
}

/** The deadline of one attempt, by the monotonic clock: what is left of it can be asked at any time. */
export interface Patience {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly until: number;
}

export const patience = ({ signal, timeoutMs }: Required<Wait>, clock: Clock): Patience => ({
  signal,
  timeoutMs,
  until: clock.now() + timeoutMs,
});

export interface Place {
  /** The lock it belongs to, for people. */
  readonly lock: string;
  readonly election: Election;
}

/** The line of one lock, or of one part of it. Work drains in the hands of whoever holds it, not here. */
export function placeOf(backend: Backend, lock: string, options: ResolvedLockOptions, election = lock): Place {
  const timings = { drainTimeoutMs: 0, resignTimeoutMs: options.releaseTimeoutMs };
  return { lock, election: backend.election(election, timings) };
}

/** Waits in line until it holds. Rejects with DeadlineError, the signal's reason or ClosedError, and has left the line then. */
export async function hold(place: Place, id: string, patience: Patience, clock: Clock): Promise<Held> {
  return (await attempt(place, id, patience, clock, leading)) as Held;
}

/** Holds if nobody is ahead; `undefined`, and out of the line, if somebody is. Rejects as `hold` does. */
export function tryHold(place: Place, id: string, patience: Patience, clock: Clock): Promise<Held | undefined> {
  return attempt(place, id, patience, clock, (candidacy) => merge(leading(candidacy), outrun(candidacy)));
}

async function attempt(
  { lock, election }: Place,
  id: string,
  patience: Patience,
  clock: Clock,
  verdict: (candidacy: Candidacy) => Observable<Leading | undefined>,
): Promise<Held | undefined> {
  patience.signal.throwIfAborted();
  const candidacy = election.campaign({ id });
  try {
    const ended$ = throwError(() => new ClosedError());
    const term = await firstValueFrom(merge(concat(verdict(candidacy), ended$), overdue(lock, patience, clock)));
    if (term) return heldBy(candidacy, term);
  } catch (error) {
    await candidacy.resign();
    throw error;
  }
  await candidacy.resign();
  return undefined;
}

const leading = ({ leadership$ }: Candidacy): Observable<Leading> =>
  leadership$.pipe(filter((value) => value.role === 'leader'));

const outrun = ({ leadership$ }: Candidacy): Observable<undefined> =>
  leadership$.pipe(
    filter(({ role }) => role === 'follower'),
    map(() => undefined),
    // Of the two that listen one is enough to tell of an error.
    catchError(() => NEVER),
  );

/** Errors at the deadline, or when the caller gives up. */
function overdue(lock: string, { signal, until, timeoutMs }: Patience, clock: Clock): Observable<never> {
  const late$ = until === Number.POSITIVE_INFINITY ? NEVER : timer(Math.max(0, until - clock.now()), clock.scheduler);
  const aborted$: Observable<unknown> = signal.aborted ? of(signal) : fromEvent(signal, 'abort');
  return merge(
    late$.pipe(map(() => fail(new DeadlineError(`Holding ${lock}`, timeoutMs)))),
    aborted$.pipe(
      take(1),
      map(() => fail(signal.reason)),
    ),
  );
}

/** Once lost it stays lost: the candidacy would stand again, but nobody waits for it any more. */
function heldBy(candidacy: Candidacy, { token, signal, isValid }: Leading): Held {
  const release = () => candidacy.resign();
  if (signal.aborted) void release();
  else signal.addEventListener('abort', () => void release(), { once: true });
  return { token, signal, isValid, release, [Symbol.asyncDispose]: () => release().then(() => undefined) };
}

function fail(error: unknown): never {
  throw error;
}
