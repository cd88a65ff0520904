/**
 * When to take silence for death. @pure
 *
 * A detector folds the instants at which one member was heard into a history, and says from it how much the silence
 * since then speaks for its death. It keeps no clock: every instant is given, in ms by one monotonic clock.
 */

/** How one member was heard so far. */
export interface History {
  /** The last time. */
  readonly heardAt: number;
  /** The latest spans between two heartbeats, the oldest first. Empty where a detector learns nothing from them. */
  readonly intervals: readonly number[];
  readonly meanMs: number;
  readonly deviationMs: number;
}

export interface Detector {
  /** A heartbeat at `at`; `undefined` is the history of a member that was never heard before. */
  observe(history: History | undefined, at: number): History;
  /** Never falls while nothing is heard; small right after a heartbeat. Its unit is the detector's own. */
  suspicion(history: History, now: number): number;
  /** From this suspicion on the member counts as failed. */
  readonly threshold: number;
}

/** Whether a member counts as failed. */
export const isSuspected = (detector: Detector, history: History, now: number): boolean =>
  detector.suspicion(history, now) >= detector.threshold;

/** The same rhythm, going on from `at`: the span before it says nothing about the member. */
export const resume = (history: History, at: number): History => ({ ...history, heardAt: at });

/**
 * The history of a listener that heard nothing for `byMs`, for reasons of its own: the time does not count. Never later
 * than `now`.
 */
export const excuse = (history: History, byMs: number, now: number): History =>
  resume(history, Math.min(now, history.heardAt + byMs));
