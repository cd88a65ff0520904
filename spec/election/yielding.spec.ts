import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_YIELD, unfailed, yieldAfter } from '../../lib/election/yielding.js';

describe('the stay out of the line after a failure', () => {
  const stays = (runs: readonly number[], random = 0) => {
    let yielding = unfailed;
    return runs.map((ranMs) => {
      yielding = yieldAfter(yielding, ranMs, 1000, random);
      return yielding.forMs;
    });
  };

  it('doubles with each failure in a row, up to 30 times', () => {
    expect(stays([0, 0, 0, 0, 0, 0, 0])).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('is the first again after work that ran longer than the longest stay', () => {
    expect(stays([0, 0, 37_501, 0])).toEqual([1000, 2000, 1000, 2000]);
    expect(stays([0, 0, 37_500, 0])).toEqual([1000, 2000, 4000, 8000]);
  });

  it('is stretched by up to a quarter, never shortened', () => {
    expect(stays([0, 0], 0.999_999)).toEqual([expect.closeTo(1250, 1), expect.closeTo(2500, 1)]);
  });

  it('stays between yieldMs and its bound, whatever happens', () => {
    const run = fc.record({ ranMs: fc.nat(), random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(run), fc.integer({ min: 1, max: 10_000 }), (runs, yieldMs) => {
        let yielding = unfailed;
        for (const { ranMs, random } of runs) {
          yielding = yieldAfter(yielding, ranMs, yieldMs, random);
          expect(yielding.forMs).toBeGreaterThanOrEqual(yieldMs);
          expect(yielding.forMs).toBeLessThanOrEqual(LONGEST_YIELD * yieldMs);
        }
      }),
    );
  });
});
