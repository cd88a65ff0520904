/**
 * A candidate's name as bytes: what `parsePlace` reads from it as a string, four letters at a time. @pure
 *
 * `from` and `to` are where the name begins and ends.
 */
import { UNTRUSTED } from './line.js';

/** No candidate's name. */
export const NOBODY = -1;

/** From `<id>-lock-` and ten digits to `_c_<uuid>__lock__-` and ten digits. */
const SHORTEST = 48;
const LONGEST = 58;

/** The number at the end of a candidate's name; of a negative one only that it is not to be trusted. */
export function sequenceIn(bytes: DataView, from: number, to: number): number {
  if (to - from < SHORTEST || to - from > LONGEST) return NOBODY;
  const id = idIn(bytes, from);
  const dashes = hasDashes(bytes, id);
  if (!isHex(bytes, id, dashes ? UUID : HEXES) || (dashes && !isDashed(bytes, id))) return NOBODY;
  const at = endOfMark(bytes, id + (dashes ? 36 : 32));
  if (at === NOBODY) return NOBODY;
  if (bytes.getUint8(at) === DASH && to - at <= 11) return UNTRUSTED;
  return to - at === 10 ? decimal(bytes, at) : NOBODY;
}

/** The lease in a candidate's name, in ms; 0 if it is of another library. */
export function leaseIn(bytes: DataView, from: number): number {
  const id = idIn(bytes, from);
  const ours = bytes.getUint8(id + (hasDashes(bytes, id) ? 14 : 12)) === EIGHT;
  return ours ? 2 ** 16 * inHex(bytes.getInt32(id)) + inHex(bytes.getInt32(id + 4)) : 0;
}

const letters = (text: string): number => Buffer.from(text).reduce((word, letter) => 256 * word + letter, 0);

const [DASH, EIGHT] = [letters('-'), letters('8')] as const;
const CURATOR = letters('_c_');
const [LAT, TCH] = [letters('-lat'), letters('tch-')] as const;
const [LOC, OCK] = [letters('-loc'), letters('ock-')] as const;
const [KAZOO, CK] = [letters('__lo'), letters('ck__')] as const;

const idIn = (bytes: DataView, from: number): number => (bytes.getInt32(from) >>> 8 === CURATOR ? from + 3 : from);

const hasDashes = (bytes: DataView, id: number): boolean => bytes.getUint8(id + 8) === DASH;

/** Where `-latch-`, `-lock-` or `__lock__` ends. */
function endOfMark(bytes: DataView, mark: number): number {
  const begin = bytes.getInt32(mark);
  if (begin === LAT) return bytes.getInt32(mark + 3) === TCH ? mark + 7 : NOBODY;
  if (begin === LOC) return bytes.getInt32(mark + 2) === OCK ? mark + 6 : NOBODY;
  return begin === KAZOO && bytes.getInt32(mark + 4) === CK ? mark + 8 : NOBODY;
}

/** Where in an id its digits are, four at a time. */
const HEXES = [0, 4, 8, 12, 16, 20, 24, 28] as const;
const UUID = [0, 4, 9, 14, 19, 24, 28, 32] as const;

function isHex(bytes: DataView, id: number, words: readonly number[]): boolean {
  let not = 0;
  for (let i = 0; i < 8; i++) not |= notHex(bytes.getInt32(id + words[i]!));
  return not === 0;
}

const isDashed = (bytes: DataView, id: number): boolean =>
  bytes.getUint8(id + 13) === DASH && bytes.getUint8(id + 18) === DASH && bytes.getUint8(id + 23) === DASH;

/** The ten digits from here on. */
function decimal(bytes: DataView, at: number): number {
  const first = bytes.getInt32(at);
  const next = bytes.getInt32(at + 4);
  const last = bytes.getInt32(at + 6);
  if ((notDecimal(first) | notDecimal(next) | notDecimal(last)) !== 0) return NOBODY;
  return 1_000_000 * inDecimal(first) + 100 * inDecimal(next) + (inDecimal(last) % 100);
}

/**
 * Of four letters at once, each in its byte of a number: the highest bit of a byte is set where the letter is none of 0–9.
 * A sum carries nothing into the next byte while both letters are ASCII.
 */
const notDecimal = (word: number): number => (word | ((word ^ 0x30303030) + 0x76767676)) & 0x80808080;

/** The same for 0–9 and a–f: with the bits of `a` taken away, a letter is 1–6. */
function notHex(word: number): number {
  const letter = word ^ 0x60606060;
  const isLetter = (letter + 0x7f7f7f7f) & ~(letter + 0x79797979);
  return (word | (((word ^ 0x30303030) + 0x76767676) & ~isLetter)) & 0x80808080;
}

/** The value of four digits: first of each two, then of both pairs. */
function inDecimal(word: number): number {
  const digits = word & 0x0f0f0f0f;
  const pairs = ((10 * (digits >>> 8)) & 0x00ff00ff) + (digits & 0x00ff00ff);
  return 100 * (pairs >>> 16) + (pairs & 0xff);
}

function inHex(word: number): number {
  const digits = (word & 0x0f0f0f0f) + 9 * ((word >>> 6) & 0x01010101);
  const pairs = (digits | (digits >>> 4)) & 0x00ff00ff;
  return (pairs >>> 8) | (pairs & 0xff);
}
