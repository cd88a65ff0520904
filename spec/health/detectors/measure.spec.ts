import { describe, expect, it } from 'vitest';
import { fixed } from '../../../lib/health/fixed.js';
import { phiAccrual } from '../../../lib/health/phi.js';
import { detectionMs, measure } from './measure.js';
import { dice, generate, instants, kinds, readTrace } from './traces.js';

const TRACES = 'spec/health/detectors/traces';
const regular = { name: 'regular', intervalMs: 100, arrivals: instants(Array(100).fill(100)) };
const phi = (intervalMs: number) =>
  phiAccrual({ intervalMs, minDeviationMs: intervalMs / 10, acceptablePauseMs: 3 * intervalMs });

describe('a measured detector', () => {
  it('is asked after which silence it gives up', () => {
    const detector = fixed({ intervalMs: 100 });
    expect(detectionMs(detector, detector.observe(undefined, 5_000))).toBeCloseTo(300, 1);
  });

  it('errs nowhere on a regular trace', () => {
    expect(measure(fixed({ intervalMs: 100 }), regular)).toMatchObject({ falsePositives: 0, wrong: 0 });
    expect(measure(phi(100), regular)).toMatchObject({ falsePositives: 0, wrong: 0 });
  });

  it('errs once where a member that lives is silent for too long, and for how long is counted', () => {
    const spans = [...Array(50).fill(100), 1_000, ...Array(49).fill(100)];
    const figures = measure(fixed({ intervalMs: 100 }), { ...regular, arrivals: instants(spans) });
    expect(figures.falsePositives).toBe(1);
    expect(figures.wrong).toBeCloseTo(700 / (spans.length * 100 + 900 - 2_000), 3);
  });
});

describe('on the recorded traces of a busy machine', () => {
  it('phi-accrual errs less often than the fixed detector, and knows later', () => {
    const trace = readTrace(`${TRACES}/busy-100.json`);
    const [three, accrual] = [measure(fixed({ intervalMs: 100 }), trace), measure(phi(100), trace)];
    expect([three.heartbeats, three.falsePositives, accrual.falsePositives]).toEqual([8_388, 21, 3]);
    expect(accrual.detectionP50).toBeGreaterThan(three.detectionP50);
  });

  it('neither errs at one heartbeat a second', () => {
    const trace = readTrace(`${TRACES}/busy-1000.json`);
    expect(measure(fixed(), trace).falsePositives).toBe(0);
    expect(measure(phi(1_000), trace).falsePositives).toBe(0);
  });
});

describe('a generated trace', () => {
  it('is the same from the same seed, and another from another', () => {
    for (const [name, delay] of Object.entries(kinds)) {
      const [one, same, other] = [1, 1, 2].map((seed) => generate(name, delay, { seed, count: 100 }).arrivals);
      expect(one).toEqual(same);
      expect(one).not.toEqual(other);
    }
  });

  it('loses what it is to lose', () => {
    const [lossy = ''] = Object.keys(kinds).filter((name) => name.startsWith('lossy'));
    const { arrivals } = generate(lossy, kinds[lossy]!, { seed: 1, count: 10_000 });
    expect(Math.abs(arrivals.length - 9_500)).toBeLessThan(100);
  });

  it('is made of dice that are even', () => {
    const random = dice(7);
    const thrown = Array.from({ length: 10_000 }, random);
    expect(Math.min(...thrown)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...thrown)).toBeLessThan(1);
    expect(thrown.reduce((sum, one) => sum + one, 0) / 10_000).toBeCloseTo(0.5, 1);
  });
});
