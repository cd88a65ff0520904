/**
 * Who stands in line, who leads, and who comes next. The first in line leads; nobody else ever does.
 *
 * A succession takes two steps, so that a deposed leader hears of it before its successor does: the line without a
 * leader, then the line with the next one.
 *
 * @pure
 */
import type { ElectionOptions, Leader, Participant } from '../election/election.js';

/** One place in line. */
export interface Place<T = unknown> {
  readonly name: string;
  /** Larger than that of every place taken before. */
  readonly order: number;
  readonly id: string;
  readonly data: T | undefined;
  /** When it was taken, in ms since the epoch. */
  readonly since: number;
  readonly prefer: ElectionOptions<T>['prefer'];
  readonly preempt: boolean;
}

/** What makes the first in line the leader. */
export interface Claim {
  readonly name: string;
  readonly token: bigint;
  readonly since: number;
  /** The largest `order` at that time: whoever has a larger one is a newcomer. */
  readonly newest: number;
}

export interface Line<T = unknown> {
  /** In order of succession. */
  readonly places: readonly Place<T>[];
  readonly claim: Claim | undefined;
  /** True once the leader has been asked to hand over. */
  readonly asked: boolean;
  /** The id of who should lead next. */
  readonly nominee: string | undefined;
}

export const emptyLine: Line<unknown> = { places: [], claim: undefined, asked: false, nominee: undefined };

/** What a line says to one of its places. */
export type Verdict =
  | { readonly is: 'gone' }
  | { readonly is: 'first' }
  | { readonly is: 'leader'; readonly token: bigint }
  | { readonly is: 'waiting'; readonly ahead: number };

export function verdict<T>(line: Line<T>, name: string): Verdict {
  const ahead = line.places.findIndex((place) => place.name === name);
  if (ahead < 0) return { is: 'gone' };
  if (ahead > 0) return { is: 'waiting', ahead };
  return line.claim ? { is: 'leader', token: line.claim.token } : { is: 'first' };
}

export function sameVerdict(a: Verdict, b: Verdict): boolean {
  if (a.is === 'leader') return b.is === 'leader' && a.token === b.token;
  if (a.is === 'waiting') return b.is === 'waiting' && a.ahead === b.ahead;
  return a.is === b.is;
}

export function join<T>(line: Line<T>, place: Place<T>): Line<T> {
  return { ...line, places: [...line.places, place] };
}

/** Takes a place out of the line; the same line if it is not in it. */
export function leave<T>(line: Line<T>, name: string): Line<T> {
  const places = line.places.filter((place) => place.name !== name);
  if (places.length === line.places.length) return line;
  return line.claim?.name === name ? { ...line, places, claim: undefined, asked: false } : { ...line, places };
}

/** The leader goes to the back of the line; the same line if it does not lead any more. */
export function handOver<T>(line: Line<T>, token: bigint): Line<T> {
  const [first, ...rest] = line.places;
  if (!first || line.claim?.token !== token) return line;
  return { ...line, places: [...rest, first], claim: undefined, asked: false };
}

/** Asks the leader to hand over, to `nominee` if one is named. */
export function ask<T>(line: Line<T>, nominee: string | undefined): Line<T> {
  return line.claim ? { ...line, asked: true, nominee } : line;
}

/** What follows from a line by itself: somebody claims a vacant leadership, or a better newcomer makes the leader go. */
export function settle<T>(line: Line<T>, nextToken: () => bigint, at: number): Line<T> {
  if (line.claim) return !line.asked && isOutranked(line, line.claim) ? ask(line, undefined) : line;
  const places = pass(line);
  if (!places[0]) return line.nominee === undefined ? line : { ...line, nominee: undefined };
  const newest = Math.max(...places.map(({ order }) => order));
  const claim = { name: places[0].name, token: nextToken(), since: at, newest };
  return { places, claim, asked: false, nominee: undefined };
}

/** The line after everybody has passed who should: each at most once, so that two who prefer each other come to rest. */
function pass<T>({ places, nominee }: Line<T>): readonly Place<T>[] {
  let line = places;
  const named = places.some(({ id }) => id === nominee);
  for (let passes = 0; passes < places.length; passes += 1) {
    const [first, ...rest] = line;
    if (!first || !(named ? first.id !== nominee : rest.some((other) => isBetter(other, first)))) return line;
    line = [...rest, first];
  }
  return line;
}

function isOutranked<T>({ places }: Line<T>, { newest }: Claim): boolean {
  const [leader, ...rest] = places;
  return leader?.preempt === true && rest.some((other) => other.order > newest && isBetter(other, leader));
}

/** Asks `place` whether it prefers the other. A comparator that throws has no preference. */
function isBetter<T>(other: Place<T>, place: Place<T>): boolean {
  try {
    return (place.prefer?.(describe(other), describe(place)) ?? 0) < 0;
  } catch {
    return false;
  }
}

/** Nobody here is foreign: every leader has a token. */
export interface TokenLeader<T = unknown> extends Leader<T> {
  readonly token: bigint;
}

export function leaderOf<T>({ places: [first], claim }: Line<T>): TokenLeader<T> | undefined {
  if (!first || !claim) return undefined;
  return { id: first.id, token: claim.token, since: claim.since, data: first.data, foreign: false };
}

export function participantsOf<T>({ places, claim }: Line<T>): readonly Participant<T>[] {
  return places.map((place, index) => ({
    ...describe(place),
    position: index + 1,
    role: index > 0 ? 'follower' : claim ? 'leader' : 'candidate',
    waitsFor: places[index - 1]?.name,
  }));
}

/** A participant as such, wherever it stands: what a comparator gets to see. */
function describe<T>({ id, name, data, since }: Place<T>): Participant<T> {
  const unknown = { waitsFor: undefined, host: undefined, pid: undefined, session: undefined };
  return { id, position: 0, role: 'candidate', name, data, since, foreign: false, ...unknown };
}
