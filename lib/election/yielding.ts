/**
 * How long a candidate stays out of the line after its work threw, so that others get their turn (law 9).
 *
 * @pure
 */

/** How often in a row the work has failed, and how long to stay out now. */
export interface Yielding {
  readonly failures: number;
  readonly forMs: number;
}

/** No work has failed yet. */
export const unfailed: Yielding = { failures: 0, forMs: 0 };

/** The stay doubles up to so many times `yieldMs` … */
const MOST = 30;
/** … and is then stretched by up to this part, so that those who failed together do not come back together. */
const JITTER = 0.25;

/** No stay is longer than this many times `yieldMs`. */
export const LONGEST_YIELD = MOST * (1 + JITTER);

/**
 * After a failure of work that ran for `ranMs`: at least `yieldMs`, doubled for each failure in a row. Work that ran
 * longer than the longest stay was fine for a while, so its failure counts as the first again. `random` is in [0, 1).
 */
export function yieldAfter(before: Yielding, ranMs: number, yieldMs: number, random: number): Yielding {
  const failures = ranMs > LONGEST_YIELD * yieldMs ? 1 : before.failures + 1;
  const times = Math.min(2 ** (failures - 1), MOST);
  return { failures, forMs: yieldMs * times * (1 + JITTER * random) };
}
