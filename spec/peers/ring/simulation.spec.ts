import { describe, expect, it } from 'vitest';
import { bestEffort, majority } from '../claim/world.js';

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed);

describe('ring', { timeout: 240_000 }, () => {
  it('with a majority never has two leaders, and always finds one again, whatever fails', () => {
    expect(SEEDS.flatMap((seed) => broken(majority('ring'), seed))).toEqual([]);
  });

  it('with less has one leader at a time, as long as no message is lost or late', () => {
    expect(SEEDS.flatMap((seed) => broken(bestEffort('ring'), seed))).toEqual([]);
  });
});

function broken({ laws, run }: ReturnType<typeof majority>, seed: number) {
  const { violations } = run(seed);
  return violations.filter(({ law }) => laws.includes(law)).map((violation) => ({ seed, ...violation }));
}
