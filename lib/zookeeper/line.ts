/**
 * Who is ahead of whom. @pure
 *
 * A candidate's znode is `_c_<uuid>-latch-<sequence>` (Curator's LeaderLatch); `_c_<id>-lock-<sequence>` (Curator's
 * mutex, go-zookeeper) and `<id>__lock__<sequence>` (kazoo) stand in the same line. Everything else is ignored.
 *
 * Our own ids are UUIDs of version 8, whose first 32 bits are the candidate's lease in ms. So one listing tells how
 * long each of those ahead may go on believing, without reading them; and it tells ours from another library's.
 */
import type { Naming } from './options.js';

/** One place in line. */
export interface Place {
  readonly name: string;
  /** Given by the server to each child in turn. Not to be trusted near 2^31 (see `needsBirthOrder`). */
  readonly sequence: number;
  /** `undefined` for a participant of another library. */
  readonly leaseMs: number | undefined;
  /**
   * Zxid of creation, where it decides, for everybody in the line: a name may come back there, once the counter repeats.
   * 0 for one that vanished before it could be asked: it comes first, for it may have led, and whoever follows it sees that
   * it is gone.
   */
  readonly born?: bigint;
}

const NAME =
  /^(?:_c_)?(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})(?:-latch-|-lock-|__lock__)(?:\d{10}|-\d{9,10})$/;

/** The place that a child's name stands for; `undefined` for a child that is no candidate. */
export function parsePlace(name: string): Place | undefined {
  if (!NAME.test(name)) return undefined;
  const { id, dashes, mark } = partsOf(name);
  const third = name.charCodeAt(mark + 2);
  const sequence = mark + (third === LETTER.a ? 7 : third === LETTER.o ? 6 : 8); // -latch-, -lock-, __lock__
  const ours = name.charCodeAt(id + (dashes ? 14 : 12)) === ZERO + 8;
  return { name, sequence: decimal(name, sequence), leaseMs: ours ? hex(name, id, id + 8) : undefined };
}

/** The id in a candidate's name without the lease: what stays the same when a candidacy enlists again. */
export function identityIn(name: string): string {
  const { id, mark } = partsOf(name);
  return name.slice(id + 8, mark).replaceAll('-', '');
}

/** Where its id begins and ends, and whether it has dashes. */
function partsOf(name: string) {
  const id = name.charCodeAt(0) === LETTER._ ? 3 : 0;
  const dashes = name.charCodeAt(id + 8) === LETTER.dash;
  return { id, dashes, mark: id + (dashes ? 36 : 32) };
}

const LETTER = { dash: 45, _: 95, a: 97, o: 111 } as const;

/** The number at the end of a name, digit by digit: whoever joins reads a thousand of them. */
function decimal(name: string, from: number): number {
  const negative = name.charCodeAt(from) === LETTER.dash;
  let value = 0;
  for (let at = negative ? from + 1 : from; at < name.length; at++) value = 10 * value + name.charCodeAt(at) - ZERO;
  return negative ? -value : value;
}

function hex(name: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = name.charCodeAt(at) - ZERO;
    value = 16 * value + (digit > 9 ? digit - LETTERS : digit);
  }
  return value;
}

const ZERO = 48;
/** Between the digit 9 and the letter a. */
const LETTERS = 39;

/** Is it the name of a candidate? */
export const isPlace = (name: string): boolean => NAME.test(name);

/** Every place among the children, foreign libraries' included. */
export function parseLine(names: readonly string[]): Place[] {
  return names.map(parsePlace).filter((place) => place !== undefined);
}

/** What the sequence number is appended to. `identity` comes from `identityOf`. */
export function namePrefix(naming: Naming, identity: string, leaseMs: number): string {
  const hex = Math.ceil(leaseMs).toString(16).padStart(8, '0') + identity;
  if (naming === 'kazoo') return `${hex}__lock__`;
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return naming === 'go' ? `_c_${hex}-lock-` : `_c_${uuid}-latch-`;
}

/** A candidacy's identity from a random (version 4) UUID: its last 96 bits, marked as version 8. */
export function identityOf(uuid: string): string {
  const hex = uuid.replaceAll('-', '').slice(8);
  // Joined, it is one string; a template would keep what it was made of.
  return [hex.slice(0, 4), hex.slice(5)].join('8');
}

/** From here on the server's counter is about to stick, repeat or turn negative (measured on 3.8.0). */
export const UNTRUSTED = 2 ** 31 - 2 ** 16;

/** True when sequence numbers no longer tell who came first: then order by the zxid of creation. */
export function needsBirthOrder(line: readonly Place[]): boolean {
  return line.some(({ sequence }) => sequence < 0 || sequence >= UNTRUSTED);
}

/** First in line first. */
export function inOrder(line: readonly Place[]): Place[] {
  return [...line].sort((a, b) => compare(rank(a), rank(b)) || compare(a.name, b.name));
}

const rank = ({ born, sequence }: Place): bigint | number => born ?? sequence;

const compare = <V extends number | bigint | string>(a: V, b: V): number => (a < b ? -1 : a > b ? 1 : 0);

/** Those ahead of `own`, in no order; `undefined` when `own` is not in line. */
export function aheadOf(own: string, line: readonly Place[]): Place[] | undefined {
  const us = line.find(({ name }) => name === own);
  return us && line.filter((one) => (compare(rank(one), rank(us)) || compare(one.name, own)) < 0);
}

/** How many of those ahead a follower remembers by name. */
export const NEAREST = 2;

/** What a follower remembers of those ahead: the nearest few, nearest first, and how many stand further ahead. */
export interface Ahead {
  readonly nearest: readonly Pick<Place, 'name' | 'born'>[];
  readonly beyond: number;
}

/** The few that are worth remembering: a thousand followers that remember everybody would be a million names. */
export function remember(ahead: readonly Place[]): Ahead {
  let few: Place[] = [];
  for (const one of ahead) {
    const farthest = few.length < NEAREST ? undefined : few[0]!;
    if (farthest && compare(rank(one), rank(farthest)) < 0) continue;
    few = inOrder([...few, one]).slice(-NEAREST);
  }
  const nearest = few.reverse().map(({ name, born }) => (born === undefined ? { name } : { name, born }));
  return { nearest, beyond: ahead.length - nearest.length };
}

export const howMany = ({ nearest, beyond }: Ahead): number => nearest.length + beyond;

/** When the nearest has gone. */
export const withoutNearest = ({ nearest, beyond }: Ahead): Ahead => ({ nearest: nearest.slice(1), beyond });

/** Can the record tell more? Not of a last one, nor where names may come back. */
export const isUncertain = (ahead: Ahead): boolean => howMany(ahead) > 1 && ahead.nearest[0]?.born === undefined;

/**
 * Who can be left, `holder` having claimed last: it was first in line then, so everybody before it has gone. A holder that
 * we do not know by name says nothing: the record may have been written by anybody.
 */
export function sinceClaimOf(holder: string | undefined, ahead: Ahead): Ahead {
  const first = isUncertain(ahead) ? ahead.nearest.findIndex(({ name }) => name === holder) : -1;
  return first < 0 ? ahead : { nearest: ahead.nearest.slice(0, first + 1), beyond: 0 };
}

/** The longest lease among them, in ms; 0 if none is ours. */
export function longestLease(line: readonly Place[]): number {
  return line.reduce((longest, { leaseMs = 0 }) => Math.max(longest, leaseMs), 0);
}
