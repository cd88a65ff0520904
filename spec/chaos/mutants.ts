/**
 * Candidates that break a law on purpose, to show that the harness sees it. What is wrong is outside of the library:
 *
 * - `flag` believes the last value of `leadership$` in place of asking `isLeader()`: wrong after a pause.
 * - `slow-clock`: the clock of worker 1 runs at a tenth of the speed, against the bound on clock rates. Its lease
 *   outlives the wait of its successor.
 */
import type { Clock } from '../../lib/options.js';
import { systemClock } from '../../lib/options.js';

export const mutants = ['flag', 'slow-clock'] as const;
export type Mutant = (typeof mutants)[number];

const SLOWER = 10;

export function mutantClock(mutant: Mutant | undefined): { clock?: Clock } {
  if (mutant !== 'slow-clock') return {};
  const [now, wall] = [systemClock.now(), systemClock.wall()];
  return {
    clock: {
      now: () => now + (systemClock.now() - now) / SLOWER,
      wall: () => wall + (systemClock.wall() - wall) / SLOWER,
      scheduler: systemClock.scheduler,
    },
  };
}
