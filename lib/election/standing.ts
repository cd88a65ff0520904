/**
 * From joining the line to leaving it, in the order of law 6, and again after having yielded.
 *
 * What the participant wants is one cell, `wish$`; everything here follows from it.
 */
import {
  type BehaviorSubject,
  defer,
  map,
  merge,
  Observable,
  of,
  ReplaySubject,
  startWith,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import type { Clock, Logger } from '../options.js';
import type { Stand } from './election.js';
import { afterwards, andThen, firstOf } from './flow.js';
import { candidate, type Leadership, type Leading, resigned, type Term } from './leadership.js';
import type { ResolvedElectionOptions } from './options.js';
import { abortTerm, countTogether, drained, isIdle } from './term.js';

/** To stand; to leave and stay out for a while; or to leave for good. */
export type Wish = 'stand' | { readonly outMs: number } | 'resign';

export interface StandingOptions extends Pick<ResolvedElectionOptions, 'drainTimeoutMs' | 'resignTimeoutMs'> {
  readonly clock: Clock;
  readonly logger: Logger;
}

const LATE = 'work still runs past its time to drain: the place is released';

/** One standing after another until the wish is to resign; ends with `resigned`, perhaps more than once. */
export function standings<X extends Term>(
  stand: Stand<X>,
  wish$: BehaviorSubject<Wish>,
  options: StandingOptions,
): Observable<Leadership<X>> {
  const once$ = defer(() => {
    if (typeof wish$.value === 'object') wish$.next('stand');
    return standing(stand, wish$, options);
  });
  const next = (again: boolean) => (again ? standings(stand, wish$, options) : of(resigned('released')));
  return afterwards(once$, () => andThen(stayOut(wish$, options), next));
}

/** Emits true when it is time to stand again; false if that is never. */
function stayOut(wish$: BehaviorSubject<Wish>, { clock }: StandingOptions): Observable<boolean> {
  const wish = wish$.value;
  if (typeof wish !== 'object') return of(false);
  return merge(resigning(wish$).pipe(map(() => false)), timer(wish.outMs, clock.scheduler).pipe(map(() => true))).pipe(
    take(1),
  );
}

/** Emits once the wish is to leave for good, at once if it is. */
const resigning = (wish$: Observable<Wish>): Observable<Wish> => firstOf(wish$, (wish) => wish === 'resign');

/**
 * One standing. At the wish to leave: the work is told to stop, `resigning` replaces `leader`, the work drains while
 * the place is still held, the place is released. Whatever ends a standing, the work is told to stop.
 */
function standing<X extends Term>(
  stand: Stand<X>,
  wish$: BehaviorSubject<Wish>,
  options: StandingOptions,
): Observable<Leadership<X>> {
  return new Observable((subscriber) => {
    const leave$ = new ReplaySubject<void>(1);
    const terms = followTerms<X>();
    const release = () => {
      leave$.next();
      return unanswered<X>(wish$, options);
    };
    const next = (value: Leadership<X>) => subscriber.next(asWished(value, wish$.value));
    const error = (failure: unknown) => subscriber.error(failure);
    const complete = () => subscriber.complete();
    const show = (value: Leadership<X>) => {
      terms.follow(value);
      next(value);
    };
    // Who wishes to leave before it stands is heard first.
    const leave = () => subscriber.add(departure(terms, options, release).subscribe({ next, error }));
    subscriber.add(leaving(wish$).subscribe(leave));
    subscriber.add(stand(leave$.asObservable()).subscribe({ next: show, error, complete }));
    subscriber.add(terms.abort);
  });
}

/** Nobody leads who wishes to leave, and whoever means to come back has not resigned. */
function asWished<X extends Term>(value: Leadership<X>, wish: Wish): Leadership<X> {
  if (value.role === 'leader' && wish !== 'stand') return candidate('resigning');
  return value.role === 'resigned' && typeof wish === 'object' ? candidate('yielding') : value;
}

/** From the wish to leave: what is said until the backend has the last word. */
function departure<X extends Term>(
  terms: Terms<X>,
  options: StandingOptions,
  release: () => Observable<Leadership<X>>,
): Observable<Leadership<X>> {
  const led = terms.stop();
  const left$ = terms.drained(options, release);
  return led ? left$.pipe(startWith(candidate('resigning'))) : left$;
}

/** Emits once the wish is not to stand any more, for a while or for good. */
const leaving = (wish$: Observable<Wish>): Observable<Wish> => firstOf(wish$, (wish) => wish !== 'stand');

/** What is said of a resignation that the store has not answered in time. Whoever only yields waits for the answer. */
function unanswered<X extends Term>(wish$: Observable<Wish>, options: StandingOptions): Observable<Leadership<X>> {
  return resigning(wish$).pipe(
    switchMap(() => timer(options.resignTimeoutMs, options.clock.scheduler)),
    map(() => resigned('unknown')),
  );
}

type Terms<X extends Term> = ReturnType<typeof followTerms<X>>;

/** The leaderships of one standing: what is left of them when it ends. */
function followTerms<X extends Term>() {
  let shown: Leadership<X> | undefined;
  let latest: Leading<X> | undefined;
  const abort = () => {
    if (latest) abortTerm(latest);
  };
  return {
    abort,
    /** A leadership is over at the next value, whatever the backend remembered to do. */
    follow(value: Leadership<X>): void {
      if (value !== shown) abort();
      shown = value;
      if (value.role !== 'leader') return;
      if (latest) countTogether(value, latest);
      latest = value;
    },
    /** Says whether there was a leadership to stop. */
    stop(): boolean {
      const led = shown?.role === 'leader';
      abort();
      return led;
    },
    /** Goes on when the work has drained: that of an earlier leadership too, if it still runs. */
    drained: <R>({ drainTimeoutMs, clock, logger }: StandingOptions, then: () => Observable<R>): Observable<R> =>
      defer(() => {
        if (!latest || isIdle(latest)) return then();
        return drained(latest, drainTimeoutMs, clock.scheduler).pipe(
          tap((end) => end === 'timeout' && logger.warn({ drainTimeoutMs }, LATE)),
          switchMap(then),
        );
      }),
  };
}
