/**
 * Jute, ZooKeeper's record encoding (BinaryInputArchive, BinaryOutputArchive): big-endian numbers, and strings, buffers
 * and vectors behind their length, which is -1 where there is none. @pure
 */
import { Code, refuse } from './errors.js';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Reads one frame from its beginning; what is not there, or cannot be, is refused as a marshalling error. */
export class JuteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  int(): number {
    return intAt(this.#bytes, this.#take(4));
  }

  long(): bigint {
    return (BigInt(this.int()) << 32n) | BigInt(this.int() >>> 0);
  }

  bool(): boolean {
    return this.#bytes[this.#take(1)] !== 0;
  }

  /** A copy, so that what the server keeps does not keep the frame. */
  buffer(): Uint8Array | null {
    const length = this.#length();
    if (length === -1) return null;
    const from = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(from, from + length));
  }

  string(): string | null {
    const length = this.#length();
    if (length === -1) return null;
    const from = this.#take(length);
    return decode(this.#bytes, from, from + length);
  }

  /** A string that must be there. */
  text(): string {
    return this.string() ?? refuse(Code.marshallingError);
  }

  vector<T>(read: () => T): T[] | null {
    const length = this.#length();
    if (length === -1) return null;
    const items: T[] = [];
    while (items.length < length) items.push(read());
    return items;
  }

  #length(): number {
    const length = this.int();
    return length < -1 ? refuse(Code.marshallingError) : length;
  }

  #take(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) refuse(Code.marshallingError);
    this.#at = from + length;
    return from;
  }
}

/** Four bytes, big-endian: a view of its own for each frame costs more than the shifts. */
export function intAt(bytes: Uint8Array, at: number): number {
  const byte = (offset: number): number => bytes[at + offset] as number;
  return (byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3);
}

/** Texts longer than this go to the machine's own encoder and decoder, shorter ones are not worth the call. */
const SHORT = 64;

/** Most paths are short and plain: those need no decoder. */
function decode(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte > 127 || to - from > SHORT) return utf8.decode(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}

const isPlain = (text: string): boolean => {
  if (text.length > SHORT) return false;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
};

interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes given away so far. */
  used: number;
}

const SLAB_BYTES = 16 * 1024;
/** What a writer begins with; most replies are shorter. */
const ROOM = 160;

const slabOf = (length: number): Slab => {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer), used: 0 };
};

/** Frames are cut from it, none overlaps another: memory of its own for each would cost more than all the rest. */
let slab = slabOf(SLAB_BYTES);

/** Writes one frame behind the four bytes of its length. */
export class JuteWriter {
  #slab: Slab;
  #start: number;
  #end: number;
  #at: number;

  constructor() {
    if (slab.used + ROOM > SLAB_BYTES) slab = slabOf(SLAB_BYTES);
    this.#slab = slab;
    this.#start = slab.used;
    this.#end = this.#start + ROOM;
    this.#at = this.#start + 4;
    slab.used = this.#end;
  }

  int(value: number): this {
    const at = this.#grow(4);
    this.#slab.view.setInt32(at, value);
    return this;
  }

  long(value: bigint): this {
    const at = this.#grow(8);
    this.#slab.view.setBigInt64(at, value);
    return this;
  }

  bool(value: boolean): this {
    const at = this.#grow(1);
    this.#slab.bytes[at] = value ? 1 : 0;
    return this;
  }

  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1);
    this.int(value.length);
    const at = this.#grow(value.length);
    this.#slab.bytes.set(value, at);
    return this;
  }

  string(value: string | null): this {
    if (value === null || !isPlain(value)) return this.buffer(value === null ? null : encoder.encode(value));
    this.int(value.length);
    const at = this.#grow(value.length);
    for (let n = 0; n < value.length; n++) this.#slab.bytes[at + n] = value.charCodeAt(n);
    return this;
  }

  vector<T>(items: readonly T[], write: (item: T) => void): this {
    this.int(items.length);
    for (const item of items) write(item);
    return this;
  }

  /** Bytes so far, the length included: to come back to. */
  get at(): number {
    return this.#at - this.#start;
  }

  /** Forgets everything from there on. */
  rewind(at: number): void {
    this.#at = this.#start + at;
  }

  /** Writes the header of a reply (int, long, int) where room was left for it. */
  header(at: number, xid: number, zxid: bigint, error: number): void {
    const { view } = this.#slab;
    view.setInt32(this.#start + at, xid);
    view.setBigInt64(this.#start + at + 4, zxid);
    view.setInt32(this.#start + at + 12, error);
  }

  /** The frame, its length first. The writer is done with. */
  frame(): Uint8Array {
    this.#slab.view.setInt32(this.#start, this.at - 4);
    return this.#slab.bytes.subarray(this.#start, this.#at);
  }

  /** Makes room, which may replace the slab: to be called before that is looked at. */
  #grow(length: number): number {
    const from = this.#at;
    if (from + length > this.#end) return this.#enlarge(length);
    this.#at = from + length;
    return from;
  }

  /** Moves what is there into memory of its own, twice as large at least. */
  #enlarge(length: number): number {
    const own = slabOf(Math.max(this.at + length, (this.#end - this.#start) * 2));
    own.bytes.set(this.#slab.bytes.subarray(this.#start, this.#at));
    const from = this.at;
    [this.#slab, this.#start, this.#end, this.#at] = [own, 0, own.bytes.length, from + length];
    return from;
  }
}
