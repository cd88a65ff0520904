import { describe, expect, it } from 'vitest';
import { simulate } from '../../lib/sim/machines.js';
import { raftWorld } from './raft.js';

/** `npm run sim -- raft --runs 10000` takes more. */
const RUNS = 200;
const FIRST = 4_000;

describe(`Raft, in ${RUNS} groups under every fault,`, () => {
  it('never has two leaders, nor one term twice, and has one soon after the last fault', { timeout: 300_000 }, () => {
    const found: string[] = [];
    for (let seed = FIRST; seed < FIRST + RUNS; seed++)
      for (const { law, what } of simulate(raftWorld(seed)).violations)
        found.push(`${law}: ${what}: npm run sim -- raft --runs 1 --seed ${seed} --trace`);
    expect(found).toEqual([]);
  });
});
