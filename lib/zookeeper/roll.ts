/**
 * Who is ahead of us, from the bytes of a listing: whoever joins looks at everybody's name. @pure
 *
 * One pass, and a string for none but the few that are remembered. It finds what `line.ts` finds among the names as strings;
 * where the names do not tell who came first, it leaves that to others.
 */
import type { Reader } from './codec.js';
import {
  type Ahead,
  aheadOf,
  longestLease,
  NEAREST,
  needsBirthOrder,
  type Place,
  parsePlace,
  remember,
  UNTRUSTED,
} from './line.js';
import { leaseIn, NOBODY, sequenceIn } from './name.js';

/** What a candidate has to know of its line. */
export interface Roll {
  /** `undefined` if we are not in line. */
  readonly ahead: Ahead | undefined;
  /** The longest lease among those ahead, in ms; 0 if none is ours. */
  readonly longestMs: number;
}

const NOT_IN_LINE: Roll = { ahead: undefined, longestMs: 0 };

/** From the places in line. */
export function rollOf(own: string, line: readonly Place[]): Roll {
  const ahead = aheadOf(own, line);
  return ahead ? { ahead: remember(ahead), longestMs: longestLease(ahead) } : NOT_IN_LINE;
}

/** From the answer to a listing; `undefined` where the names alone do not tell who came first. */
export function readRoll(answer: Reader, own: string): Roll | undefined {
  const us = parsePlace(own);
  if (!us || needsBirthOrder([us])) return undefined;
  const call = new RollCall(own, us.sequence);
  answer.each((bytes, from, to) => call.hear(bytes, from, to));
  return call.roll;
}

/** Whoever is remembered, by where its name is. */
interface Heard {
  readonly sequence: number;
  readonly bytes: DataView;
  readonly from: number;
  readonly to: number;
}

class RollCall {
  readonly #us: Heard;
  /** The nearest first. */
  readonly #nearest: Heard[] = [];
  #ahead = 0;
  #longestMs = 0;
  #present = false;
  #trusted = true;

  constructor(own: string, sequence: number) {
    const { buffer, length } = new TextEncoder().encode(own);
    this.#us = { sequence, bytes: new DataView(buffer), from: 0, to: length };
  }

  get roll(): Roll | undefined {
    if (!this.#trusted) return undefined;
    if (!this.#present) return NOT_IN_LINE;
    const nearest = this.#nearest.map((one) => ({ name: nameOf(one) }));
    return { ahead: { nearest, beyond: this.#ahead - nearest.length }, longestMs: this.#longestMs };
  }

  hear(bytes: DataView, from: number, to: number): void {
    const sequence = sequenceIn(bytes, from, to);
    if (sequence === NOBODY) return;
    if (sequence >= UNTRUSTED) this.#trusted = false;
    const order = compare(this.#us, sequence, bytes, from, to);
    if (order === 0) this.#present = true;
    if (order <= 0) return;
    this.#ahead += 1;
    this.#longestMs = Math.max(this.#longestMs, leaseIn(bytes, from));
    this.#remember(sequence, bytes, from, to);
  }

  /** In its place among the nearest, if it is one of them. The farthest makes room. */
  #remember(sequence: number, bytes: DataView, from: number, to: number): void {
    const nearest = this.#nearest;
    let at = nearest.length;
    if (at === NEAREST && compare(nearest[--at]!, sequence, bytes, from, to) > 0) return;
    for (; at > 0 && compare(nearest[at - 1]!, sequence, bytes, from, to) < 0; at--) nearest[at] = nearest[at - 1]!;
    nearest[at] = { sequence, bytes, from, to };
  }
}

/** Negative if `one` comes first in line. Of the same sequence it is the name that decides; none is the beginning of another. */
function compare(one: Heard, sequence: number, bytes: DataView, from: number, to: number): number {
  if (one.sequence !== sequence) return one.sequence - sequence;
  for (let at = 0; at < to - from; at++) {
    const difference = one.bytes.getUint8(one.from + at) - bytes.getUint8(from + at);
    if (difference !== 0) return difference;
  }
  return 0;
}

const nameOf = ({ bytes, from, to }: Heard): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
