import {
  concatMap,
  distinctUntilChanged,
  type MonoTypeOperatorFunction,
  of,
  pairwise,
  startWith,
  takeWhile,
} from 'rxjs';
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
    leadership$.pipe(
      startWith(joining),
      distinctUntilChanged(isSame),
      pairwise(),
      // concatMap, even for a single value: it holds back what arrives while that value is being delivered.
      concatMap(([before, now]) => (bothLead(before, now) ? of(candidate('electing'), now) : of(now))),
      startWith(joining),
      takeWhile(({ role }) => role !== 'resigned', true),
    );
}

const joining: Leadership<never> = candidate('joining');

function bothLead(before: Leadership, now: Leadership): boolean {
  return before.role === 'leader' && now.role === 'leader';
}
