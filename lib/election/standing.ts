/**
 * From joining the line to leaving it, in the order of law 6, and again after having yielded.
 *
 * What the participant wants is its will; everything here follows from it.
 */
import {
  defer,
  map,
  merge,
  type Observable,
  type Observer,
  of,
  Subscription,
  startWith,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import type { Clock, Logger } from '../options.js';
import type { Stand } from './election.js';
import { candidate, type Leadership, type Leading, resigned, type Term } from './leadership.js';
import type { ResolvedElectionOptions } from './options.js';
import { Signal } from './signal.js';
import { abortTerm, countTogether, drained, isIdle } from './term.js';

/** To stand; to leave and stay out for a while; or to leave for good. */
export type Wish = 'stand' | { readonly outMs: number } | 'resign';

/** What one participant wants. One owner: its `Standings`. */
export interface Will {
  wish: Wish;
}

export interface StandingOptions extends Pick<ResolvedElectionOptions, 'drainTimeoutMs' | 'resignTimeoutMs'> {
  readonly clock: Clock;
  readonly logger: Logger;
}

const LATE = 'work still runs past its time to drain: the place is released';

/**
 * One standing after another until the wish is to resign; ends with `resigned`, perhaps more than once. What they do after
 * their last word (law 7) is no longer shown, but goes on: nobody ever unsubscribes.
 *
 * At the wish to leave: the work is told to stop, `resigning` replaces `leader`, the work drains while the place is still
 * held, the place is released. Whatever ends a standing, the work is told to stop.
 */
export class Standings<X extends Term> implements Observer<Leadership<X>> {
  #leave = new Signal();
  /** Made for whoever waits for the wish to leave for good. */
  #resignation: Signal | undefined;
  #leaving: Subscription | undefined;
  #shown: Leadership<X> | undefined;
  /** Its work may outlast it. */
  #latest: Leading<X> | undefined;

  constructor(
    private readonly stand: Stand<X>,
    private readonly hearer: Observer<Leadership<X>>,
    private readonly will: Will,
    private readonly options: StandingOptions,
  ) {}

  get wish(): Wish {
    return this.will.wish;
  }

  wants(wish: Exclude<Wish, 'stand'>): void {
    const stood = this.wish === 'stand';
    this.will.wish = wish;
    if (wish === 'resign') this.#resignation?.give();
    if (stood) this.#depart();
  }

  begin(): void {
    this.#leave = new Signal();
    defer(() => this.stand(this.#leave.given$)).subscribe(this);
  }

  /** A leadership is over at the next value, whatever the backend remembered to do. */
  next(value: Leadership<X>): void {
    if (value !== this.#shown) this.#abort();
    this.#shown = value;
    if (value.role === 'leader') {
      if (this.#latest) countTogether(value, this.#latest);
      this.#latest = value;
    }
    this.#say(value);
  }

  error(error: unknown): void {
    this.#endForGood();
    this.hearer.error(error);
  }

  /** The backend has had the last word on this standing. */
  complete(): void {
    this.#end();
    this.#stayOut().subscribe((again) => {
      if (again) this.#standAgain();
      else this.#resigned();
    });
  }

  #standAgain(): void {
    this.will.wish = 'stand';
    this.begin();
  }

  /** Emits true when it is time to stand again; false if that is never. */
  #stayOut(): Observable<boolean> {
    const { wish } = this;
    if (typeof wish !== 'object') return of(false);
    const over$ = timer(wish.outMs, this.options.clock.scheduler).pipe(map(() => true));
    return merge(this.#resigning$.pipe(map(() => false)), over$).pipe(take(1));
  }

  /** What is said of a resignation that the store has not answered in time. Whoever only yields waits for the answer. */
  #unanswered(): Observable<Leadership<X>> {
    const { resignTimeoutMs, clock } = this.options;
    return this.#resigning$.pipe(
      switchMap(() => timer(resignTimeoutMs, clock.scheduler)),
      map(() => resigned('unknown')),
    );
  }

  /** Emits when the wish is to leave for good, at once if it is. */
  get #resigning$(): Observable<true> {
    if (this.wish === 'resign') return of(true);
    this.#resignation ??= new Signal();
    return this.#resignation.given$;
  }

  #resigned(): void {
    this.#endForGood();
    this.hearer.next(resigned('released'));
    this.hearer.complete();
  }

  /** Who wishes to resign now has nothing to leave. */
  #endForGood(): void {
    this.will.wish = 'resign';
    this.#end();
  }

  #end(): void {
    this.#leaving?.unsubscribe();
    this.#abort();
    this.#shown = undefined;
  }

  #say(value: Leadership<X>): void {
    this.hearer.next(asWished(value, this.wish));
  }

  #abort(): void {
    if (this.#latest) abortTerm(this.#latest);
  }

  /** Stops the work; once it has drained the backend leaves, and has the last word. */
  #depart(): void {
    const led = this.#shown?.role === 'leader';
    this.#abort();
    const left$ = this.#drained(() => {
      this.#leave.give();
      return this.#unanswered();
    });
    const departure$ = led ? left$.pipe(startWith(candidate('resigning'))) : left$;
    this.#leaving = new Subscription();
    this.#leaving.add(departure$.subscribe((value) => this.#say(value)));
  }

  /** Goes on when the work has drained: that of an earlier leadership too, if it still runs. */
  #drained(then: () => Observable<Leadership<X>>): Observable<Leadership<X>> {
    const { drainTimeoutMs, clock, logger } = this.options;
    return defer(() => {
      if (!this.#latest || isIdle(this.#latest)) return then();
      return drained(this.#latest, drainTimeoutMs, clock.scheduler).pipe(
        tap((end) => end === 'timeout' && logger.warn({ drainTimeoutMs }, LATE)),
        switchMap(then),
      );
    });
  }
}

/** Nobody leads who wishes to leave, and whoever means to come back has not resigned. */
function asWished<X extends Term>(value: Leadership<X>, wish: Wish): Leadership<X> {
  if (value.role === 'leader' && wish !== 'stand') return candidate('resigning');
  return value.role === 'resigned' && typeof wish === 'object' ? candidate('yielding') : value;
}
