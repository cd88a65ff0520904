import { concatMap, defer, type MonoTypeOperatorFunction, startWith, takeWhile } from 'rxjs';
import { candidate, isSame, type Leadership, type Term } from './leadership.js';

/**
 * The laws that an operator can uphold, whatever a backend emits (the numbers are those in `election.ts`):
 *
 * - 1: there is a value at once, a candidate; equal neighbours are dropped.
 * - 3: between two leaderships there is a value that is not `leader`.
 * - 6: `resigned` is the last word: nothing comes after it but completion.
 *
 * Values that arrive while one is being delivered, because a subscriber resigned or its work threw, wait their turn:
 * every subscriber sees the same order.
 */
export function uphold<X extends Term = Term>(): MonoTypeOperatorFunction<Leadership<X>> {
  return (leadership$) =>
    defer(() => {
      let before: Leadership<X> = joining;
      return leadership$.pipe(
        // concatMap, even for a single value: it holds back what arrives while that value is being delivered.
        concatMap((now) => {
          const said = lawful(before, now);
          before = now;
          return said;
        }),
        startWith(joining),
        takeWhile(({ role }) => role !== 'resigned', true),
      );
    });
}

const joining: Leadership<never> = candidate('joining');

function lawful<X extends Term>(before: Leadership<X>, now: Leadership<X>): Leadership<X>[] {
  if (isSame(before, now)) return [];
  return before.role === 'leader' && now.role === 'leader' ? [candidate('electing'), now] : [now];
}
