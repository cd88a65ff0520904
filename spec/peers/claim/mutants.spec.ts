import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../../lib/sim/machine-faults.js';
import { simulate } from '../../../lib/sim/machines.js';
import { mutants, mutate } from './mutants.js';
import { witnessed } from './witness.js';
import { type Make, majorityWorld, make, type Name } from './world.js';

const names: readonly Name[] = ['bully', 'ring', 'voting'];

describe('the simulation', () => {
  it.each(Object.keys(mutants))('sees a claim that %s', { timeout: 240_000 }, async (mutant) => {
    expect(firstFault(await mutate(mutant), 500, mutants[mutant]!.kinds)).toBeDefined();
  });

  it('sees none where nothing is wrong: what is promised is saved before', { timeout: 240_000 }, () => {
    expect(firstFault(make, 30)).toBeUndefined();
  });
});

/** What is seen first, within so many runs. */
function firstFault(maker: Make, runs: number, kinds?: readonly FaultKind[]): string | undefined {
  for (let seed = 1; seed <= runs; seed++) {
    const fault = faultIn(() => simulate(majorityWorld(names[seed % 3]!, seed, { maker: witnessed(maker), kinds })));
    if (fault) return fault;
  }
  return undefined;
}

function faultIn(run: () => ReturnType<typeof simulate>): string | undefined {
  try {
    return run().violations[0]?.what;
  } catch (error) {
    return (error as Error).message;
  }
}
