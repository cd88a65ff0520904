import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { believes, believesUntil, clearFrom, leaseToRecord, UNNOTICED_JUMP_MS } from '../../lib/election/lease.js';
import { live, type Recipe, recipe, type Setting, type Step } from './lease-model.js';

const setting: fc.Arbitrary<Setting> = fc.record({
  clockDrift: fc.constantFrom(0, 0.01, 0.1, 0.5),
  who: fc.array(fc.record({ leaseMs: fc.constantFrom(20, 40, 100), speed: fc.constantFrom(0, 0.5, 1) }), {
    minLength: 2,
    maxLength: 3,
  }),
});
const step: fc.Arbitrary<Step> = fc.record({
  pick: fc.nat(9999),
  afterMs: fc.constantFrom(0, 0, 0, 0, 1, 10, 19, 25),
});
const steps = fc.array(step, { minLength: 30, maxLength: 60, size: 'max' });

/** In no run do two believe at once. */
const exclusive = (rules: Recipe, within: fc.Arbitrary<Setting>) =>
  fc.property(within, steps, (world, script) => live(world, script, rules).overlap === undefined);

/** Is there a run in which two believe, with one rule of the recipe replaced? */
const overlapsIf = (mutant: Partial<Recipe>, within = setting) =>
  fc.check(exclusive({ ...recipe, ...mutant }, within), { numRuns: 100_000, endOnFailure: true, seed: 4 }).failed;

/** Everybody's clock runs alike, or the first one's runs as slowly as the drift allows. */
const leases = (clockDrift: number, ...leaseMs: number[]) =>
  fc.constant<Setting>({ clockDrift, who: leaseMs.map((ms, i) => ({ leaseMs: ms, speed: i })) });
const longAhead = leases(0, 100, 20, 20);

describe('the lease', () => {
  it('never lets two believe at once, whatever is lost, late, removed or asleep', () => {
    fc.assert(exclusive(recipe, setting), { numRuns: 10_000 });
  }, 60_000);

  it('lets somebody believe in most of those runs', () => {
    const runs = fc.sample(fc.tuple(setting, steps), 1000);
    const believed = runs.filter(([world, script]) => live(world, script, recipe).beliefs > 0);
    expect(believed.length).toBeGreaterThan(500);
  });
});

describe('two would believe at once', { timeout: 60_000 }, () => {
  it('if the lease were counted from the answer', () => {
    expect(overlapsIf({ provenBy: (_sent, answered) => answered })).toBe(true);
  });

  it('if the successor did not allow for the drift of the clocks', () => {
    expect(overlapsIf({ clearFrom: (firstAt, previous) => clearFrom(firstAt, previous, 0) }, leases(0.5, 40, 40))).toBe(
      true,
    );
  });

  it('if the successor waited its own lease instead of the holder’s', () => {
    const own = 10;
    const mutant: Recipe['clearFrom'] = (firstAt, previous, drift) =>
      clearFrom(firstAt, previous && { ...previous, leaseMs: own }, drift);
    expect(overlapsIf({ clearFrom: mutant })).toBe(true);
  });

  it('if the successor did not wait at all', () => {
    expect(overlapsIf({ clearFrom: (firstAt) => firstAt }, longAhead)).toBe(true);
  });

  it('if the successor did not wait the jump that a holder may fail to notice', () => {
    const mutant: Recipe['clearFrom'] = (firstAt, previous, drift) =>
      previous && !previous.released ? firstAt + previous.leaseMs * (1 + 2 * drift) : firstAt;
    expect(overlapsIf({ clearFrom: mutant }, leases(0, 20, 20))).toBe(true);
  });

  it('if the holder did not look for jumps', () => {
    const mutant: Recipe['believes'] = (sent, at, leaseMs) => at.now < believesUntil(sent, leaseMs);
    expect(overlapsIf({ believes: mutant })).toBe(true);
  });

  it('if somebody who leaves while still waiting said that nobody need wait', () => {
    expect(overlapsIf({ mayRelease: () => true }, longAhead)).toBe(true);
  });

  it('if a claim wrote down its own lease alone', () => {
    expect(overlapsIf({ leaseToRecord: (own) => own }, longAhead)).toBe(true);
  });

  it('if a claim did not write down the lease of those ahead of it', () => {
    expect(overlapsIf({ longestLease: () => 0 }, longAhead)).toBe(true);
  });

  it('if a claim did not write down the lease that it found', () => {
    expect(overlapsIf({ leaseToRecord: (own, ahead) => leaseToRecord(own, ahead, undefined) }, longAhead)).toBe(true);
  });

  it('if an own claim whose answer was lost were taken for one that has waited', () => {
    expect(overlapsIf({ clearFromUnanswered: (firstAt) => firstAt }, longAhead)).toBe(true);
  });

  it('if the end of the wait were taken for a proof', () => {
    expect(overlapsIf({ provenByWaiting: (now) => now })).toBe(true);
  });
});

describe('a holder', () => {
  const sent = { now: 1000, wall: 50_000 };
  const at = (ms: number, jump = 0) => ({ now: sent.now + ms, wall: sent.wall + ms + jump });

  it('believes from the sending of its proof until just before the lease ends', () => {
    expect(believes(sent, at(0), 300)).toBe(true);
    expect(believes(sent, at(299.999), 300)).toBe(true);
    expect(believes(sent, at(300), 300)).toBe(false);
    expect(believesUntil(sent, 300)).toBe(1300);
  });

  it('stops at a jump between the clocks, in either direction, that is not small', () => {
    expect(believes(sent, at(10, UNNOTICED_JUMP_MS), 300)).toBe(true);
    expect(believes(sent, at(10, UNNOTICED_JUMP_MS + 1), 300)).toBe(false);
    expect(believes(sent, at(10, -UNNOTICED_JUMP_MS - 1), 300)).toBe(false);
  });
});

describe('a successor', () => {
  it('waits for nobody if nobody ever claimed, or the last holder said goodbye', () => {
    expect(clearFrom(7, undefined, 0.01)).toBe(7);
    expect(clearFrom(7, { leaseMs: 1000, released: true }, 0.01)).toBe(7);
  });

  it('waits the holder’s lease and its unnoticed jump, stretched by the drift of both clocks', () => {
    expect(clearFrom(0, { leaseMs: 980, released: false }, 0.01)).toBeCloseTo(1020);
  });

  it('writes down the longest of its own lease, those ahead of it and one it found unreleased', () => {
    expect(leaseToRecord(10, 20, { leaseMs: 30, released: false })).toBe(30);
    expect(leaseToRecord(10, 20, { leaseMs: 30, released: true })).toBe(20);
    expect(leaseToRecord(10, 0, undefined)).toBe(10);
  });
});
