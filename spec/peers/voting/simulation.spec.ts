import { describe, expect, it } from 'vitest';
import { bestEffort, majority } from '../claim/world.js';

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed);
/** Nodes that were started again while their leader slept took it for dead within its lease. */
const SLEEPERS = [4_600_211, 4_600_399];

describe('voting', { timeout: 240_000 }, () => {
  it('with a majority never has two leaders, and always finds one again, whatever fails', () => {
    expect(SEEDS.flatMap((seed) => broken(majority('voting'), seed))).toEqual([]);
  });

  it('with less has one leader at a time, as long as no message is lost or late', () => {
    expect([...SLEEPERS, ...SEEDS].flatMap((seed) => broken(bestEffort('voting'), seed))).toEqual([]);
  });
});

function broken({ laws, run }: ReturnType<typeof majority>, seed: number) {
  const { violations } = run(seed);
  return violations.filter(({ law }) => laws.includes(law)).map((violation) => ({ seed, ...violation }));
}
