import type { Observer } from 'rxjs';
import { takingTurns } from './flow.js';
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
  const soon = takingTurns();
  let before: Leadership<X> = joining;
  const isOver = () => before.role === 'resigned';
  const say = (value: Leadership<X>) => {
    if (isOver()) return;
    before = value;
    hearer.next(value);
    if (isOver()) hearer.complete();
  };
  hearer.next(joining);
  return {
    next: (now) =>
      soon(() => {
        if (before.role === 'leader' && now.role === 'leader' && now !== before) say(candidate('electing'));
        if (!isSame(before, now)) say(now);
      }),
    error: (error) => (isOver() ? undefined : hearer.error(error)),
    complete: () => soon(() => (isOver() ? undefined : hearer.complete())),
  };
}

const joining: Leadership<never> = candidate('joining');
