/**
 * The fixed detector: a member that missed three heartbeats has failed. Quick to understand, and blind to how the
 * network behaves: a span that is right for one machine is too short for a busier one. @pure
 */
import { checkDuration, checkNumber } from '../options.js';
import type { Detector } from './detector.js';

export interface FixedOptions {
  /** How often members beat, in ms. @default 1000 */
  readonly intervalMs?: number;
  /** How many heartbeats in a row may be missing before a member counts as failed. @default 3 */
  readonly missed?: number;
}

/** Its suspicion is the silence in intervals. Throws InvalidOptionError. */
export function fixed(options: FixedOptions = {}): Detector {
  const intervalMs = checkDuration('intervalMs', options.intervalMs ?? 1_000, 1);
  const threshold = checkNumber('missed', options.missed ?? 3, 1);
  return {
    observe: (_, at) => ({ heardAt: at, intervals: [], meanMs: intervalMs, deviationMs: 0 }),
    suspicion: ({ heardAt }, now) => Math.max(0, now - heardAt) / intervalMs,
    threshold,
  };
}
