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
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  int(): number {
    return this.#view.getInt32(this.#take(4));
  }

  long(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  bool(): boolean {
    return this.#view.getUint8(this.#take(1)) !== 0;
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

/** Most paths are short and plain: those need no decoder. */
function decode(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte > 127 || to - from > 64) return utf8.decode(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Writes one frame behind the four bytes of its length. */
export class JuteWriter {
  #bytes = new Uint8Array(160);
  #view = new DataView(this.#bytes.buffer);
  #at = 4;

  int(value: number): this {
    const at = this.#grow(4);
    this.#view.setInt32(at, value);
    return this;
  }

  long(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigInt64(at, value);
    return this;
  }

  bool(value: boolean): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value ? 1 : 0);
    return this;
  }

  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1);
    this.int(value.length);
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  string(value: string | null): this {
    return this.buffer(value === null ? null : encoder.encode(value));
  }

  vector<T>(items: readonly T[], write: (item: T) => void): this {
    this.int(items.length);
    for (const item of items) write(item);
    return this;
  }

  /** Where the next byte goes: to come back to, or to patch. */
  get at(): number {
    return this.#at;
  }

  /** Forgets everything from there on. */
  rewind(at: number): void {
    this.#at = at;
  }

  /** Writes the header of a reply (int, long, int) where room was left for it. */
  header(at: number, xid: number, zxid: bigint, error: number): void {
    this.#view.setInt32(at, xid);
    this.#view.setBigInt64(at + 4, zxid);
    this.#view.setInt32(at + 12, error);
  }

  /** The frame, its length first. The writer is done with. */
  frame(): Uint8Array {
    this.#view.setInt32(0, this.#at - 4);
    return this.#bytes.subarray(0, this.#at);
  }

  /** Makes room, which may replace both the bytes and the view: to be called before either is looked at. */
  #grow(length: number): number {
    const from = this.#at;
    this.#at = from + length;
    if (this.#at > this.#bytes.length) this.#enlarge();
    return from;
  }

  #enlarge(): void {
    const larger = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
