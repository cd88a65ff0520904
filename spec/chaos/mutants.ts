/**
 * Candidates that break a law on purpose, to show that the harness sees it. What is wrong is outside of the library:
 *
 * - `flag` believes the last value of `leadership$` in place of asking `isLeader()`: wrong after a pause.
 * - `slow-clock`: the clock of worker 1 runs at a tenth of the speed, against the bound on clock rates. Its lease
 *   outlives the wait of its successor.
 * - `no-fence` writes to SQLite without comparing tokens.
 */
import { asyncScheduler } from 'rxjs';
import type { Clock } from 'succession';

export const mutants = ['flag', 'slow-clock', 'no-fence'] as const;
export type Mutant = (typeof mutants)[number];

const SLOWER = 10;

export function mutantClock(mutant: Mutant | undefined): { clock?: Clock } {
  if (mutant !== 'slow-clock') return {};
  const [now, wall] = [performance.now(), Date.now()];
  return {
    clock: {
      now: () => now + (performance.now() - now) / SLOWER,
      wall: () => wall + (Date.now() - wall) / SLOWER,
      scheduler: asyncScheduler,
    },
  };
}
