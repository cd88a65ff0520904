/** What a history was like, for people. @pure */
import { type Bounds, gapsBetween, handOvers, of, recoveries } from './checker.js';
import type { History, Span } from './history.js';

export interface FaultSummary {
  readonly name: string;
  readonly count: number;
  /** How many of them were followed by a leader, or by time enough for one, before the next fault. */
  readonly judged: number;
  /** Of those, the longest time from the end of the fault to a leader, in ms. */
  readonly worstRecoveryMs: number | undefined;
  /** The longest time without a leader that it took part in, in ms. */
  readonly worstGapMs: number;
  /** The closest hand-over during or after it, in ms: negative is time between the two beliefs. */
  readonly worstOverlapMs: number | undefined;
}

export interface Summary {
  readonly elections: number;
  readonly leaders: number;
  readonly sessions: number;
  readonly works: number;
  /** Leaderships that ended although no fault was near. */
  readonly unprovoked: number;
  readonly worstOverlapMs: number | undefined;
  readonly faults: readonly FaultSummary[];
}

export function summarize(history: History, bounds: Bounds): Summary {
  const { spans, occurrences, faults } = history;
  const { recoveryMs } = bounds;
  const beliefs = of(spans, 'belief');
  const count = (kind: string) => occurrences.filter((one) => one.kind === kind).length;
  const near = ({ until }: Span) =>
    faults.some((fault) => fault.from <= until + 1 && until <= fault.until + recoveryMs);
  return {
    elections: new Set(occurrences.filter(({ kind }) => kind === 'claim').map(({ token }) => token)).size,
    leaders: new Set(beliefs.map(({ who }) => who)).size,
    sessions: new Set(occurrences.map(({ session }) => session).filter(Boolean)).size,
    works: count('start'),
    unprovoked: beliefs.filter((belief) => belief.until < history.end && !near(belief)).length,
    worstOverlapMs: worst(handOvers(beliefs).map(({ overlapMs }) => overlapMs)),
    faults: [...new Set(faults.map(({ name }) => name))].sort().map((name) => summaryOf(name, history, bounds)),
  };
}

/** A fault takes part in what happens while it lasts, and in what has begun up to a lease after it. */
function summaryOf(name: string, history: History, bounds: Bounds): FaultSummary {
  const { spans, faults, end } = history;
  const { leaseMs } = bounds;
  const judged = recoveries(history, bounds).filter(({ fault }) => fault.name === name);
  const own = faults.filter((fault) => fault.name === name);
  const beliefs = of(spans, 'belief');
  const touches = (from: number, until: number) =>
    own.some((fault) => from <= fault.until + leaseMs && until >= fault.from);
  const passed = handOvers(beliefs).filter(({ before, after }) => touches(before.until, after.from));
  const gaps = gapsBetween(beliefs, end).filter(({ from, until }) => touches(from, until));
  return {
    name,
    count: own.length,
    judged: judged.length,
    worstRecoveryMs: worst(judged.map(({ afterMs }) => afterMs)),
    worstGapMs: worst(gaps.map(({ from, until }) => until - from)) ?? 0,
    worstOverlapMs: worst(passed.map(({ overlapMs }) => overlapMs)),
  };
}

const worst = (values: readonly number[]) => (values.length === 0 ? undefined : Math.max(...values));
