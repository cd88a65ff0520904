/** Who believed to lead, and when: the demo checks its own story. */
import type { Heard } from './cast.js';

export interface Belief {
  readonly id: string;
  readonly from: number;
  /** The last instant of a "yes"; `Infinity` while it lasts. */
  readonly until: number;
}

/** Every span in which somebody's `isLeader()` was true. A process that was killed believed until then at most. */
export function beliefsOf(heard: readonly Heard[], killedAt: ReadonlyMap<string, number>): Belief[] {
  const beliefs: Belief[] = [];
  for (const { id, report } of heard) {
    if (report.kind !== 'belief') continue;
    const open = beliefs.findIndex((belief) => belief.id === id && belief.until === Number.POSITIVE_INFINITY);
    if (report.leads) beliefs.push({ id, from: report.at, until: Number.POSITIVE_INFINITY });
    else if (open >= 0) beliefs[open] = { ...(beliefs[open] as Belief), until: report.until };
  }
  return beliefs
    .map((belief) => ({ ...belief, until: Math.min(belief.until, killedAt.get(belief.id) ?? belief.until) }))
    .sort((a, b) => a.from - b.from);
}

/** Pairs that believed at one instant: there must be none. */
export function overlapsIn(beliefs: readonly Belief[]): [Belief, Belief][] {
  return beliefs.flatMap((one, at) =>
    beliefs.slice(at + 1).flatMap((other) => (other.from <= one.until ? [[one, other] as [Belief, Belief]] : [])),
  );
}
