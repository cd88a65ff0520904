/**
 * The phi-accrual detector (Hayashibara, Défago, Yared, Katayama: "The φ Accrual Failure Detector", 2004, section IV).
 *
 * It learns how regularly a member beats. φ is how unlikely its silence is if it lives, as a power of ten: at φ = 1 one
 * in ten such silences is a false alarm, at φ = 8 one in a hundred million, if spans between heartbeats are normally
 * distributed around their mean. They are not quite, in networks and in busy processes; therefore the least deviation
 * and the acceptable pause, which Akka added and whose meaning and defaults are kept here. @pure
 */
import { checkDuration, checkNumber } from '../options.js';
import { type Detector, type History, isSuspected, resume } from './detector.js';

export interface PhiOptions {
  /** How often members beat, in ms: the rhythm assumed until it is learnt. @default 1000 */
  readonly intervalMs?: number;
  /** φ from which on a member counts as failed. Smaller is quicker and errs more often; 12 suits clouds. @default 8 */
  readonly threshold?: number;
  /** The least deviation reckoned with, in ms: a very regular rhythm must not make a small delay a death. @default 100 */
  readonly minDeviationMs?: number;
  /** Silence on top of the mean that is nobody's death: collections, lost packets, in ms. @default 3000 */
  readonly acceptablePauseMs?: number;
  /** How many spans are remembered. @default 1000 */
  readonly window?: number;
}

/** Its suspicion is φ. Throws InvalidOptionError. */
export function phiAccrual(options: PhiOptions = {}): Detector {
  const intervalMs = checkDuration('intervalMs', options.intervalMs ?? 1_000, 1);
  const minDeviationMs = checkDuration('minDeviationMs', options.minDeviationMs ?? 100, 0.001);
  const acceptablePauseMs = checkDuration('acceptablePauseMs', options.acceptablePauseMs ?? 3_000);
  const window = checkNumber('window', options.window ?? 1_000, 2);
  const detector: Detector = {
    threshold: checkNumber('threshold', options.threshold ?? 8, 0.001),
    observe: (history, at) => {
      if (!history) return learn(at, assumed(intervalMs));
      // The silence of somebody who was given up is no part of its rhythm.
      if (isSuspected(detector, history, at)) return resume(history, at);
      return learn(at, [...history.intervals, at - history.heardAt].slice(-window));
    },
    suspicion: ({ heardAt, meanMs, deviationMs }, now) =>
      phi(now - heardAt, meanMs + acceptablePauseMs, Math.max(deviationMs, minDeviationMs)),
  };
  return detector;
}

/** Two spans around what is to be expected, with a quarter of it as deviation: wrong, but wide enough until it is learnt. */
const assumed = (intervalMs: number): readonly number[] => [0.75 * intervalMs, 1.25 * intervalMs];

function learn(heardAt: number, intervals: readonly number[]): History {
  const meanMs = average(intervals);
  const deviationMs = Math.sqrt(average(intervals.map((span) => (span - meanMs) ** 2)));
  return { heardAt, intervals, meanMs, deviationMs };
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * -log10 of the chance that a span is longer than `silenceMs`. The normal distribution is approximated by a logistic
 * one (Bowling et al., "A logistic approximation to the cumulative normal distribution", 2009: within 0.00014), and
 * -log10(1 - 1 / (1 + e^-x)) is written as log10(1 + e^x), which neither overflows nor rounds to infinity.
 */
export function phi(silenceMs: number, meanMs: number, deviationMs: number): number {
  const y = (silenceMs - meanMs) / deviationMs;
  const x = y * (1.5976 + 0.070566 * y * y);
  return (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))) / Math.LN10;
}
