import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { simulateZooKeeper } from './zookeeper.js';
import { faultKinds } from './zookeeper-faults.js';

/** `npm run sim -- zookeeper --runs 10000` takes more. */
const RUNS = Number(process.env.SUCCESSION_SIM_RUNS ?? 100);
const FIRST = 1;

const traceOf = (seed: number) => {
  const lines: string[] = [];
  const report = simulateZooKeeper(seed, (line) => lines.push(line));
  return { lines, report };
};

describe('a simulated election on ZooKeeper', () => {
  it.each([1, 2, 3, 4, 5, 6])('is the same, event for event, for the same seed: %i', { timeout: 60_000 }, (seed) => {
    const [one, other] = [traceOf(seed), traceOf(seed)];
    expect(other.lines.join('\n')).toBe(one.lines.join('\n'));
    expect(other.report).toEqual(one.report);
    expect(one.lines.length).toBeGreaterThan(100);
  });

  it('is another for another seed', () => {
    expect(traceOf(1).lines).not.toEqual(traceOf(2).lines);
  });

  it('tells everybody what happens, and asks nothing of a real clock', () => {
    const { lines, report } = traceOf(3);
    expect(lines.some((line) => / is leader \d+$/.test(line))).toBe(true);
    expect(report.endedAtMs).toBeGreaterThan(2_000);
  });
});

describe(`the recipe, in ${RUNS} simulated elections under every fault,`, () => {
  it('never has two leaders, has one soon after the last fault, and leaves nothing behind', {
    timeout: 300_000,
  }, async () => {
    const found: string[] = [];
    const kinds = new Set<string>();
    for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
      const { violations, faults } = simulateZooKeeper(seed);
      for (const { kind } of faults) kinds.add(kind);
      for (const { law, what } of violations)
        found.push(`${law}: ${what}: npm run sim -- zookeeper --runs 1 --seed ${seed} --trace`);
      await setImmediate();
    }
    expect(found).toEqual([]);
    expect([...kinds].sort()).toEqual([...faultKinds].sort());
  });
});
