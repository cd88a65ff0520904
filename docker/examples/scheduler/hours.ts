/** Which hour is to be run next, and when. @pure */

/** What the scheduler has kept of the last run. */
export interface LastRun {
  readonly hour: number;
  readonly by: string;
  readonly token: string;
}

/** Hours are counted since the epoch; in tests and demonstrations an hour may be shorter. */
export const hourOf = (nowMs: number, hourMs: number): number => Math.floor(nowMs / hourMs);

/**
 * The hour after the last one that was run, however long ago that is: what was missed is made up for, one by one. An
 * hour is run when it is over. Whoever has never run begins with the present one.
 */
export const nextHour = (last: LastRun | undefined, nowMs: number, hourMs: number): number =>
  last ? last.hour + 1 : hourOf(nowMs, hourMs);

/** How long until it may be run; 0 if that is now, or long past. By the wall clock: a clock that errs delays a run, and repeats none. */
export const dueIn = (hour: number, nowMs: number, hourMs: number): number => Math.max(0, (hour + 1) * hourMs - nowMs);
