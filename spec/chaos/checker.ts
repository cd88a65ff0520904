/** The judge of a joint history: which laws it breaks. @pure */
import type { Evidence, Fault, History, Occurrence, Span } from './history.js';
import { checkLedger } from './ledger.js';

export interface Bounds {
  /** A leader must be there this long after a fault, in ms. */
  readonly recoveryMs: number;
  /** A belief that outlives a fault by this long was renewed after it, in ms. */
  readonly leaseMs: number;
}

export type Law =
  | 'one leader'
  | 'one work'
  | 'rising tokens'
  | 'paired work'
  | 'a leader in time'
  | 'line order'
  | 'fenced writes'
  | 'true outcomes'
  | 'nothing left';

export interface Violation {
  readonly law: Law;
  readonly at: number;
  readonly what: string;
}

export function check(history: History, bounds: Bounds): Violation[] {
  const { spans, occurrences } = history;
  return [
    ...overlaps('one leader', of(spans, 'belief')),
    ...overlaps('one work', of(spans, 'work')),
    ...risingTokens(occurrences),
    ...pairedWork(occurrences),
    ...leadersInTime(history, bounds),
    ...lostLeaders(history, bounds),
  ].sort((a, b) => a.at - b.at);
}

/** The same with what the stores know. */
export function judge(evidence: Evidence, bounds: Bounds): Violation[] {
  const left = evidence.left.map((what) => ({ law: 'nothing left' as const, at: evidence.end, what }));
  return [...check(evidence, bounds), ...checkLedger(evidence), ...left].sort((a, b) => a.at - b.at);
}

export const of = (spans: readonly Span[], kind: Span['kind']): Span[] =>
  spans.filter((span) => span.kind === kind).sort((a, b) => a.from - b.from);

/** No instant belongs to two spans. Each span is compared with the one before it that lasted longest. */
function overlaps(law: Violation['law'], spans: readonly Span[]): Violation[] {
  return handOvers(spans)
    .filter(({ overlapMs }) => overlapMs >= 0)
    .map(({ before, after, overlapMs }) => ({
      law,
      at: after.from,
      what: `${name(before)} and ${name(after)} for ${(overlapMs).toFixed(3)} ms`,
    }));
}

const name = ({ who, token }: Span) => `${who} (token ${token})`;

export interface HandOver {
  readonly before: Span;
  readonly after: Span;
  /** Negative is good: then it is the time between the two. */
  readonly overlapMs: number;
}

/** From span to span, in order of their beginning. */
export function handOvers(spans: readonly Span[]): HandOver[] {
  let before = spans[0];
  return spans.slice(1).map((after) => {
    const handOver = { before: before!, after, overlapMs: Math.min(before!.until, after.until) - after.from };
    if (after.until > before!.until) before = after;
    return handOver;
  });
}

function risingTokens(occurrences: readonly Occurrence[]): Violation[] {
  const claims = occurrences.filter(({ kind }) => kind === 'claim');
  return claims.slice(1).flatMap((claim, index) => {
    const before = claims[index]!;
    if (claim.token! > before.token!) return [];
    const what = `${claim.who} claimed with ${claim.token} after ${before.who} with ${before.token}`;
    return [{ law: 'rising tokens' as const, at: claim.at, what }];
  });
}

/** In each process work starts, stops, starts …; only the process's end by force may leave one open. */
function pairedWork(occurrences: readonly Occurrence[]): Violation[] {
  const everybody = new Set(occurrences.map(({ who }) => who));
  return [...everybody].flatMap((who) => pairedIn(occurrences.filter((occurrence) => occurrence.who === who)));
}

function pairedIn(own: readonly Occurrence[]): Violation[] {
  const works = own.filter(({ kind }) => kind === 'start' || kind === 'stop');
  const violations = works.flatMap((work, index) => {
    const start = works[index - 1];
    const fine =
      work.kind === 'start' ? start?.kind !== 'start' : start?.kind === 'start' && start.token === work.token;
    return fine ? [] : [unpaired(work, `work of ${work.who} (token ${work.token}): ${work.kind} out of turn`)];
  });
  const last = works.at(-1);
  if (last?.kind !== 'start' || own.some(({ kind }) => kind === 'killed')) return violations;
  return [...violations, unpaired(last, `work of ${last.who} (token ${last.token}) never stopped`)];
}

const unpaired = ({ at }: Occurrence, what: string): Violation => ({ law: 'paired work', at, what });

/** After each fault somebody leads in time, unless the next fault, or the end, comes first. */
function leadersInTime(history: History, bounds: Bounds): Violation[] {
  const late = recoveries(history, bounds).filter(({ afterMs }) => afterMs > bounds.recoveryMs);
  return late.map(({ fault, afterMs }) => {
    const after = afterMs === Number.POSITIVE_INFINITY ? 'never again' : `after ${Math.round(afterMs)} ms`;
    const what = `${fault.name} of ${fault.target}: a leader ${after}`;
    return { law: 'a leader in time' as const, at: fault.until + bounds.recoveryMs, what };
  });
}

/** Where leadership ends while no fault lasts, somebody takes it up in time, unless the next fault, or the end, comes first. */
function lostLeaders({ spans, faults, end }: History, { recoveryMs }: Bounds): Violation[] {
  const late = gapsBetween(of(spans, 'belief'), end).filter(({ from, until }) => {
    const excused = faults.filter((fault) => fault.until >= from).map((fault) => fault.from);
    return Math.min(until, ...excused) - from > recoveryMs;
  });
  return late.map(({ from, until }) => {
    const what = `nobody led for ${Math.round(until - from)} ms, and no fault lasted when that began`;
    return { law: 'a leader in time' as const, at: from + recoveryMs, what };
  });
}

export interface Recovery {
  readonly fault: Fault;
  /** From the end of the fault until somebody led, in ms. */
  readonly afterMs: number;
}

/** Of every fault after which there was a leader, or time enough for one, before the next fault or the end. */
export function recoveries({ spans, faults, end }: History, { recoveryMs, leaseMs }: Bounds): Recovery[] {
  const beliefs = of(spans, 'belief');
  return faults.flatMap((fault) => {
    const others = faults.filter(({ until }) => until > fault.until).map(({ from }) => Math.max(fault.until, from));
    const nextAt = Math.min(end, ...others);
    const led = recoveredAt(beliefs, fault.until, fault.until + leaseMs);
    const judged = led <= nextAt || nextAt > fault.until + recoveryMs;
    return judged ? [{ fault, afterMs: led - fault.until }] : [];
  });
}

/** When somebody led again: with a belief that began after the fault, or one that was renewed since. */
export function recoveredAt(beliefs: readonly Span[], since: number, outlives: number): number {
  const counted = beliefs.filter(({ from, until }) => from > since || until >= outlives);
  return Math.min(Number.POSITIVE_INFINITY, ...counted.map(({ from }) => Math.max(from, since)));
}

/** When nobody led, from the first leadership on. */
export function gapsBetween(beliefs: readonly Span[], end: number): { from: number; until: number }[] {
  let led = beliefs[0]?.from ?? end;
  const gaps = [...beliefs, { from: end, until: end }].map(({ from, until }) => {
    const gap = { from: led, until: Math.min(from, end) };
    led = Math.max(led, until);
    return gap;
  });
  return gaps.filter(({ from, until }) => until > from);
}
