/** When a load is no longer healthy. @pure */
import { InvalidOptionError } from '../errors.js';
import type { Load, Status } from './heartbeat.js';

/**
 * The values of a gauge from which on a member is degraded or critical. `critical` above `degraded`: larger is worse;
 * below it: smaller is worse, as for what is left of something. `false` where a default is not wanted.
 */
export type Thresholds = Readonly<Record<string, Threshold | false>>;

export interface Threshold {
  readonly degraded: number;
  readonly critical: number;
}

/** Generous: an alarm about nothing is worse than a late one, since a critical leader may be made to go. */
export const defaultThresholds: Readonly<Record<string, Threshold>> = {
  loadPerCore: { degraded: 4, critical: 16 },
  memoryUsed: { degraded: 0.9, critical: 0.97 },
  eventLoopLagMs: { degraded: 250, critical: 2_000 },
  diskUsed: { degraded: 0.9, critical: 0.98 },
};

/** The defaults and what was given over them, checked and frozen. Throws InvalidOptionError. */
export function resolveThresholds(given: Thresholds = {}): Readonly<Record<string, Threshold>> {
  for (const [gauge, threshold] of Object.entries(given)) {
    if (threshold === false) continue;
    const { degraded, critical } = threshold ?? {};
    if (!Number.isFinite(degraded) || !Number.isFinite(critical) || degraded === critical)
      throw new InvalidOptionError(
        `thresholds.${gauge}`,
        threshold,
        'must be false or two different numbers, `degraded` and `critical`',
      );
  }
  const all = Object.entries({ ...defaultThresholds, ...given });
  return Object.freeze(Object.fromEntries(all.filter((entry): entry is [string, Threshold] => entry[1] !== false)));
}

/** The worst that any gauge says. A gauge without a threshold, or without a value, says nothing. */
export function judge(load: Load, thresholds: Readonly<Record<string, Threshold>>): Status {
  const crossed = (at: keyof Threshold) =>
    Object.entries(thresholds).some(([gauge, threshold]) => isPast(load[gauge], threshold, at));
  if (crossed('critical')) return 'critical';
  return crossed('degraded') ? 'degraded' : 'healthy';
}

function isPast(value: number | undefined, threshold: Threshold, at: keyof Threshold): boolean {
  if (value === undefined) return false;
  return threshold.critical > threshold.degraded ? value >= threshold[at] : value <= threshold[at];
}
