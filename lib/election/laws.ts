import type { Observer } from 'rxjs';
import { Turns } from './flow.js';
import { candidate, isSame, type Leadership, type Term } from './leadership.js';

/**
 * Hears what a backend says, and says what is lawful of it to `hearer` (the numbers are those in `election.ts`):
 *
 * - 1: there is a value at once, a candidate; equal neighbours are dropped.
 * - 3: between two leaderships there is a value that is not `leader`.
 * - 6: `resigned` is the last word: nothing comes after it but completion.
 *
 * Values that arrive while one is being delivered, because a subscriber resigned or its work threw, wait their turn:
 * every subscriber sees the same order. The backend may go on after the last word (law 7): nobody hears of it here.
 */
export function upheld<X extends Term>(hearer: Observer<Leadership<X>>): Observer<Leadership<X>> {
  hearer.next(joining);
  return new Upheld(hearer);
}

class Upheld<X extends Term> implements Observer<Leadership<X>> {
  readonly #turns = new Turns();
  #before: Leadership<X> = joining;

  constructor(private readonly hearer: Observer<Leadership<X>>) {}

  next(now: Leadership<X>): void {
    this.#turns.take(() => {
      const before = this.#before;
      if (before.role === 'leader' && now.role === 'leader' && now !== before) this.#say(candidate('electing'));
      if (!isSame(this.#before, now)) this.#say(now);
    });
  }

  error(error: unknown): void {
    if (!this.#isOver) this.hearer.error(error);
  }

  complete(): void {
    this.#turns.take(() => {
      if (!this.#isOver) this.hearer.complete();
    });
  }

  get #isOver(): boolean {
    return this.#before.role === 'resigned';
  }

  #say(value: Leadership<X>): void {
    if (this.#isOver) return;
    this.#before = value;
    this.hearer.next(value);
    if (this.#isOver) this.hearer.complete();
  }
}

const joining: Leadership<never> = candidate('joining');
