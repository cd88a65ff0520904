import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../lib/errors.js';
import { type Detector, excuse, type History, isSuspected } from '../../lib/health/detector.js';
import { fixed } from '../../lib/health/fixed.js';
import { phi, phiAccrual } from '../../lib/health/phi.js';

/** The history of a member that was heard at these instants. */
function heard(detector: Detector, instants: readonly number[]): History {
  const [first = 0, ...rest] = instants;
  return rest.reduce((history, at) => detector.observe(history, at), detector.observe(undefined, first));
}

const beats = (count: number, everyMs: number, from = 0) => Array.from({ length: count }, (_, i) => from + i * everyMs);
/** Spans between heartbeats of a member that is alive, in ms. */
const spans = fc.array(fc.integer({ min: 1, max: 2_500 }), { minLength: 1, maxLength: 50 });
function instantsOf(all: readonly number[]): number[] {
  let at = 0;
  return [0, ...all.map((span) => (at += span))];
}

describe('the fixed detector', () => {
  const detector = fixed({ intervalMs: 100 });

  it('counts the heartbeats that are missing, and gives up at the third', () => {
    const history = heard(detector, [0, 100, 200]);
    expect([200, 250, 300, 400].map((now) => detector.suspicion(history, now))).toEqual([0, 0.5, 1, 2]);
    expect([499, 500].map((now) => isSuspected(detector, history, now))).toEqual([false, true]);
  });

  it('learns nothing: a busy member is judged like an idle one', () => {
    const busy = heard(detector, [0, 290, 580, 870]);
    expect(isSuspected(detector, busy, 870 + 300)).toBe(true);
  });

  it('takes how many may be missing, and refuses less than one', () => {
    const patient = fixed({ intervalMs: 100, missed: 5 });
    const history = heard(patient, [0]);
    expect([499, 500].map((now) => isSuspected(patient, history, now))).toEqual([false, true]);
    expect(() => fixed({ missed: 0 })).toThrow(InvalidOptionError);
    expect(() => fixed({ intervalMs: 0 })).toThrow(InvalidOptionError);
  });
});

describe('phi', () => {
  it('is -log10 of the chance that a normally distributed span is longer still', () => {
    // -log10(1 - Φ(y)) for y = 0, 1, 2, 3, 4, from tables of the normal distribution.
    const exact = [0.30103, 0.79955, 1.64302, 2.86966, 4.49932];
    for (const [y, value] of exact.entries())
      expect(Math.abs(phi(100 + 10 * y, 100, 10) / value - 1)).toBeLessThan(0.06);
    expect(phi(100, 100, 10)).toBeCloseTo(0.30103, 5);
  });

  it('is finite and never falls, however long the silence', () => {
    const silences = [0, 1, 1e3, 1e4, 1e5, 1e6, 1e8];
    const values = silences.map((silence) => phi(silence, 1_000, 100));
    expect(values.every(Number.isFinite)).toBe(true);
    expect([...values].sort((a, b) => a - b)).toEqual(values);
    expect(values[0]).toBeGreaterThanOrEqual(0);
  });
});

describe('the phi-accrual detector', () => {
  const plain = { acceptablePauseMs: 0, minDeviationMs: 1 };

  it('assumes the given interval with a quarter of it as deviation, until it has learnt better', () => {
    const { meanMs, deviationMs } = phiAccrual({ intervalMs: 400 }).observe(undefined, 7);
    expect([meanMs, deviationMs]).toEqual([400, 100]);
  });

  it('learns the rhythm: the same silence is suspicious of a regular member, and not of an irregular one', () => {
    const detector = phiAccrual(plain);
    const regular = heard(detector, beats(100, 1_000));
    const irregular = heard(detector, instantsOf(Array.from({ length: 100 }, (_, i) => (i % 2 ? 500 : 1_500))));
    const later = (history: History) => detector.suspicion(history, history.heardAt + 2_000);
    expect(later(regular)).toBeGreaterThan(detector.threshold);
    expect(later(irregular)).toBeLessThan(3);
  });

  it('accepts a pause on top of the rhythm', () => {
    const detector = phiAccrual({ ...plain, acceptablePauseMs: 3_000 });
    const history = heard(detector, beats(200, 1_000));
    const at = (silence: number) => isSuspected(detector, history, history.heardAt + silence);
    expect([at(3_900), at(4_500)]).toEqual([false, true]);
  });

  it('reckons with a least deviation, so that a small delay of a regular member is no death', () => {
    const strict = phiAccrual({ ...plain, minDeviationMs: 0.1 });
    const lenient = phiAccrual({ ...plain, minDeviationMs: 100 });
    const late = (detector: Detector) => {
      const history = heard(detector, beats(1_500, 1_000));
      return isSuspected(detector, history, history.heardAt + 1_100);
    };
    expect([late(strict), late(lenient)]).toEqual([true, false]);
  });

  it('gives up later at a higher threshold', () => {
    const patience = [1, 3, 8, 12].map((threshold) => {
      const detector = phiAccrual({ threshold });
      const history = heard(detector, beats(50, 1_000));
      return beats(20_000, 1).find((silence) => isSuspected(detector, history, history.heardAt + silence)) ?? 0;
    });
    expect([...patience].sort((a, b) => a - b)).toEqual(patience);
    expect(new Set(patience).size).toBe(4);
  });

  it('does not learn from the silence of somebody it had given up', () => {
    const detector = phiAccrual();
    const before = heard(detector, beats(100, 1_000));
    const returned = detector.observe(before, before.heardAt + 3_600_000);
    expect({ ...returned, heardAt: 0 }).toEqual({ ...before, heardAt: 0 });
    expect(returned.heardAt).toBe(before.heardAt + 3_600_000);
  });

  it('remembers no more than its window', () => {
    const detector = phiAccrual({ window: 10 });
    const history = heard(detector, [...beats(50, 300), ...beats(10, 1_000, 50 * 300)]);
    expect(history.intervals).toHaveLength(10);
    expect(history.meanMs).toBeCloseTo(930, 0);
  });

  it('refuses options that mean nothing', () => {
    for (const options of [{ threshold: 0 }, { minDeviationMs: 0 }, { acceptablePauseMs: -1 }, { window: 1 }])
      expect(() => phiAccrual(options), JSON.stringify(options)).toThrow(InvalidOptionError);
  });
});

describe.each([
  ['fixed', fixed({ intervalMs: 1_000 })],
  ['phi-accrual', phiAccrual()],
])('any detector: %s', (_, detector) => {
  const silence = fc.integer({ min: 0, max: 1_000_000 });

  it('never suspects less while the silence goes on', () => {
    fc.assert(
      fc.property(spans, silence, silence, (all, a, b) => {
        const history = heard(detector, instantsOf(all));
        const later = (ms: number) => detector.suspicion(history, history.heardAt + ms);
        expect(later(Math.min(a, b))).toBeLessThanOrEqual(later(Math.max(a, b)));
      }),
    );
  });

  it('suspects nobody at the instant of a heartbeat, and everybody who is silent for an hour', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const history = heard(detector, instantsOf(all));
        expect(isSuspected(detector, history, history.heardAt)).toBe(false);
        expect(isSuspected(detector, history, history.heardAt + 3_600_000)).toBe(true);
      }),
    );
  });

  it('knows no other time than it is given: later instants, same verdicts', () => {
    fc.assert(
      fc.property(spans, silence, fc.integer({ min: 1, max: 1_000_000 }), (all, ms, later) => {
        const [one, other] = [instantsOf(all), instantsOf(all).map((at) => at + later)].map((at) =>
          heard(detector, at),
        );
        const suspicions = [one, other].map((history) => detector.suspicion(history!, history!.heardAt + ms));
        expect(suspicions[0]).toBeCloseTo(suspicions[1]!, 6);
      }),
    );
  });

  it('takes out of a silence what the listener could not hear, and never more than all of it', () => {
    const history = heard(detector, beats(20, 1_000));
    const now = history.heardAt + 60_000;
    expect(isSuspected(detector, excuse(history, 59_000, now), now)).toBe(false);
    expect(excuse(history, 90_000, now).heardAt).toBe(now);
  });
});
