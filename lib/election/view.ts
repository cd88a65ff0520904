import { defer, distinctUntilChanged, map, type Observable, type Observer } from 'rxjs';
import type { Logger } from '../options.js';
import { publish } from './diagnostics.js';
import { Latest } from './latest.js';
import { candidate, isSame, type Leadership, resigned, type Term } from './leadership.js';
import type { Will, Wish } from './standing.js';
import { isOver } from './term.js';

/**
 * What a handle shows of its standings, to everybody alike and whether or not anybody looks: the last lawful value, or what
 * has become of it by now.
 */
export class View<X extends Term> implements Observer<Leadership<X>> {
  readonly #kept = new Latest<Leadership<X>>();
  #latest: Leadership<X> = candidate('joining');
  #isHeard = false;

  constructor(
    private readonly will: Will,
    private readonly id: string,
    private readonly logger: Logger,
  ) {}

  get leadership$(): Observable<Leadership<X>> {
    return defer(() => this.#heard());
  }

  /** The same for our own use: who subscribes here does not count as somebody who hears of errors. */
  get shown$(): Observable<Leadership<X>> {
    return this.#kept.value$.pipe(
      map((value) => this.#fresh(value)),
      distinctUntilChanged(isSame),
    );
  }

  now(): Leadership<X> {
    return this.#fresh(this.#latest);
  }

  /** True if anybody has ever subscribed to `leadership$`. */
  isHeard(): boolean {
    return this.#isHeard;
  }

  next(value: Leadership<X>): void {
    this.#latest = value;
    this.logger.debug({ id: this.id, ...words(value) }, 'leadership');
    this.#kept.next(value);
  }

  error(error: unknown): void {
    this.#latest = resigned('unknown');
    this.logger.error({ id: this.id, error }, 'the candidate cannot stand any more');
    publish('succession:candidacy:failed', { id: this.id, error });
    this.#kept.error(error);
  }

  complete(): void {
    this.#kept.complete();
  }

  #heard(): Observable<Leadership<X>> {
    this.#isHeard = true;
    return this.shown$;
  }

  #fresh(value: Leadership<X>): Leadership<X> {
    return inDoubt(value) ? doubt(this.will.wish) : value;
  }
}

/** A leadership that is over, although the news is still on its way. Nobody gets to see it. */
function inDoubt(value: Leadership): boolean {
  return value.role === 'leader' && (isOver(value) || !value.isValid());
}

/** What a log can say of it. */
function words(value: Leadership): object {
  return value.role === 'leader' ? { role: value.role, token: value.token } : value;
}

function doubt(wish: Wish): Leadership<never> {
  return candidate(wish === 'stand' ? 'suspended' : 'resigning');
}
