/**
 * The hot handle over a backend's cold stand: once, for all backends. It stands from the moment it is made.
 *
 * The one thing a reader would get wrong: the stand can outlast the handle. When `resign()` reaches its deadline, the
 * handle says `unknown` and completes, and the withdrawal goes on in the background until the store has answered.
 */
import {
  catchError,
  defaultIfEmpty,
  EMPTY,
  filter,
  firstValueFrom,
  map,
  type Observable,
  of,
  type Subscription,
} from 'rxjs';
import { type Clock, type Logger, unfailing } from '../options.js';
import { publish } from './diagnostics.js';
import type { Candidacy, Stand } from './election.js';
import { upheld } from './laws.js';
import type { Leadership, Resignation, Term } from './leadership.js';
import type { ResolvedElectionOptions } from './options.js';
import { Standings, type Will } from './standing.js';
import { View } from './view.js';
import { workWhileLeading } from './while-leader.js';
import type { Work } from './work.js';
import { unfailed, yieldAfter } from './yielding.js';

export interface CandidacyOptions
  extends Pick<ResolvedElectionOptions, 'drainTimeoutMs' | 'resignTimeoutMs' | 'yieldMs'> {
  readonly clock: Clock;
  readonly logger: Logger;
  /** In [0, 1), for jitter. @default Math.random */
  readonly random?: () => number;
}

/**
 * Stands at once, and goes on until `resign()`, a fatal error, or a `resigned` that the backend emits of its own accord.
 *
 * After a fatal error (law 5) `leadership$` errors, `leadership` is `resigned` with `unknown`, and `resign()` resolves
 * to `unknown`: nobody has heard from the store whether the place is free. If nobody ever subscribed to `leadership$`,
 * the subscriptions of `lead()` throw the error, as RxJS does with any error that nobody handles.
 */
export function candidacy<T = unknown, X extends Term = Term>(
  id: string,
  stand: Stand<X>,
  given: CandidacyOptions,
): Candidacy<T, X> {
  const logger = unfailing(given.logger);
  return new Handle<T, X>(id, stand, logger === given.logger ? given : { ...given, logger });
}

class Handle<T, X extends Term> implements Candidacy<T, X> {
  readonly #standings: Standings<X>;
  readonly #view: View<X>;
  readonly #options: CandidacyOptions;
  #giveWay: GiveWay | undefined;
  #resignation: Promise<Resignation> | undefined;

  constructor(
    readonly id: string,
    stand: Stand<X>,
    options: CandidacyOptions,
  ) {
    this.#options = options;
    const will: Will = { wish: 'stand' };
    this.#view = new View(will, id, options.logger);
    this.#standings = new Standings(stand, upheld(this.#view), will, options);
    this.#standings.begin();
  }

  get leadership$(): Observable<Leadership<X>> {
    return this.#view.leadership$;
  }

  get leadership(): Leadership<X> {
    return this.#view.now();
  }

  readonly isLeader = (): boolean => this.leadership.role === 'leader';

  lead(work: Work<unknown, X>): Subscription {
    this.#giveWay ??= yieldTo(this.id, this.#standings, this.#options);
    return lead(work, this.#view, this.#giveWay, this.#options);
  }

  readonly resign = (): Promise<Resignation> => {
    this.#standings.wants('resign');
    this.#resignation ??= outcome(this.#view.shown$);
    return this.#resignation;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resign();
  }
}

/** What to do about work that failed after `ranMs`. */
type GiveWay = (error: unknown, term: Term, ranMs: number) => void;

/** Runs the work whenever leading. Failures of the work are dealt with; only a fatal error of the candidacy is left. */
function lead<X extends Term>(
  work: Work<unknown, X>,
  view: View<X>,
  giveWay: GiveWay,
  { clock, drainTimeoutMs }: CandidacyOptions,
): Subscription {
  let since = 0;
  const timed = (term: X) => {
    since = clock.now();
    return work(term);
  };
  const failed = (error: unknown, term: Term) => {
    giveWay(error, term, clock.now() - since);
    return EMPTY;
  };
  return view.shown$.pipe(workWhileLeading(timed, { clock, drainTimeoutMs, failed })).subscribe({
    error: (error: unknown) => {
      if (!view.isHeard()) throw error;
    },
  });
}

/** Leaves the line for a while when work fails, longer each time. Failing after having been told to stop is only told. */
function yieldTo(id: string, standings: Pick<Standings<Term>, 'wish' | 'wants'>, options: CandidacyOptions): GiveWay {
  const { logger, yieldMs, random = Math.random } = options;
  let yielding = unfailed;
  return (error, { token, signal }, ranMs) => {
    if (signal.aborted || standings.wish !== 'stand') {
      logger.warn({ id, token, error }, 'the work failed after it was told to stop');
      return publish('succession:work:failed-late', { id, token, error });
    }
    yielding = yieldAfter(yielding, ranMs, yieldMs, random());
    logger.error({ id, token, error, outMs: yielding.forMs }, 'the work failed: yielding to others');
    publish('succession:work:failed', { id, token, error, outMs: yielding.forMs });
    standings.wants({ outMs: yielding.forMs });
  };
}

/** How it ended, once it has. */
function outcome(shown$: Observable<Leadership>): Promise<Resignation> {
  return firstValueFrom(
    shown$.pipe(
      filter((value) => value.role === 'resigned'),
      map((value) => value.outcome),
      catchError(() => of('unknown' as const)),
      defaultIfEmpty('unknown' as const),
    ),
  );
}
