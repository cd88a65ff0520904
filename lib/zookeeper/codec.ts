/**
 * The frames that a hand-over is made of, written and read by hand: ZooKeeper's jute encoding, big-endian, with strings
 * and buffers behind their length. The library's own records cost as much time as the server's answer.
 */
import type { Acl } from './options.js';
import type { WatchEvent } from './port.js';

/** Op codes of ZooKeeper's protocol. */
export const CODE = { create: 1, remove: 2, get: 4, set: 5, children: 12, check: 13, multi: 14, error: -1 } as const;

/** One request as the library's queue takes it: the queue numbers it and asks for its bytes. */
export class Frame {
  readonly header: { readonly type: number; xid: number };
  /** Nothing left to be encoded: the chroot is in the paths already. */
  readonly payload = null;
  readonly #bytes: Buffer;

  constructor(type: number, bytes: Buffer) {
    this.header = { type, xid: 0 };
    this.#bytes = bytes;
  }

  toBuffer(): Buffer {
    this.#bytes.writeInt32BE(this.header.xid, 4);
    return this.#bytes;
  }
}

/** Length, number and op code of a request. */
const REQUEST_HEADER_BYTES = 12;
/** Most requests of ours fit. */
const USUAL_BYTES = 512;

export class Writer {
  #bytes = Buffer.allocUnsafe(USUAL_BYTES);
  #at = REQUEST_HEADER_BYTES;

  int(value: number): this {
    this.#at = this.#room(4).writeInt32BE(value, this.#at);
    return this;
  }

  bool(value: boolean): this {
    this.#at = this.#room(1).writeUInt8(value ? 1 : 0, this.#at);
    return this;
  }

  text(value: string): this {
    const bytes = this.#room(4 + 3 * value.length); // A UTF-16 unit takes three bytes at most.
    const length = bytes.write(value, this.#at + 4);
    this.#at = bytes.writeInt32BE(length, this.#at) + length;
    return this;
  }

  data(value: Uint8Array): this {
    const bytes = this.#room(4 + value.length);
    this.#at = bytes.writeInt32BE(value.length, this.#at);
    bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  acl(entries: readonly Acl[]): this {
    this.int(entries.length);
    for (const { perms, scheme, id } of entries) this.int(perms).text(scheme).text(id);
    return this;
  }

  /** What was written, as a request. The writer is done with. */
  frame(type: number): Frame {
    this.#bytes.writeInt32BE(this.#at - 4, 0);
    this.#bytes.writeInt32BE(type, 8);
    return new Frame(type, this.#bytes.subarray(0, this.#at));
  }

  #room(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at + length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Length, number, zxid and error code of an answer. */
const ANSWER_HEADER_BYTES = 20;

const STAT_BYTES = 68;

const readMs = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

/** Reads an answer from the end of its header. Throws where there is nothing left to read. */
export class Reader {
  readonly #bytes: Buffer;
  #at = ANSWER_HEADER_BYTES;

  constructor(frame: Buffer) {
    this.#bytes = frame;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8));
  }

  bool(): boolean {
    return this.#bytes.readUInt8(this.#skip(1)) !== 0;
  }

  text(): string {
    const length = this.#length();
    const from = this.#skip(length);
    return this.#bytes.toString('utf8', from, this.#at);
  }

  texts(): string[] {
    const texts: string[] = [];
    this.each((_, from, to) => texts.push(this.#bytes.toString('utf8', from, to)));
    return texts;
  }

  /** Where each text is: for whoever reads a thousand of them. */
  each(visit: (bytes: DataView, from: number, to: number) => void): void {
    const { buffer, byteOffset, length } = this.#bytes;
    const bytes = new DataView(buffer, byteOffset, length);
    for (let left = this.int(); left > 0; left--) {
      const from = this.#at + 4;
      const to = from + Math.max(0, bytes.getInt32(this.#at));
      if (to > length) throw new RangeError(`${to - from} bytes announced, and not there`);
      visit(bytes, from, to);
      this.#at = to;
    }
  }

  /** A part of the frame, not a copy. */
  data(): Buffer {
    const length = this.#length();
    const from = this.#skip(length);
    return this.#bytes.subarray(from, this.#at);
  }

  stat(): Stat {
    const at = this.#skip(STAT_BYTES);
    const bytes = this.#bytes;
    return {
      czxid: bytes.readBigInt64BE(at),
      mzxid: bytes.readBigInt64BE(at + 8),
      ctime: readMs(bytes, at + 16),
      mtime: readMs(bytes, at + 24),
      version: bytes.readInt32BE(at + 32),
      owner: bytes.readBigInt64BE(at + 44),
      numChildren: bytes.readInt32BE(at + 56),
    };
  }

  #length(): number {
    const length = Math.max(0, this.int()); // -1: there is none.
    if (this.#at + length > this.#bytes.length) throw new RangeError(`${length} bytes announced, and not there`);
    return length;
  }

  #skip(length: number): number {
    const from = this.#at;
    this.#at += length;
    return from;
  }
}

/** What fired a watch: the kind of change, and where below the chroot. */
export function readEvent(frame: Buffer, chroot: string): WatchEvent {
  const from = new Reader(frame);
  const [type] = [from.int(), from.int()]; // The second is the state of the session.
  return { type, path: from.text().slice(chroot.length) || '/' };
}

/** What the server tells of a znode besides its data. */
export interface Stat {
  /** Zxid of its creation. */
  readonly czxid: bigint;
  /** Zxid of its last change. */
  readonly mzxid: bigint;
  /** Creation and last change, in ms since the epoch by the server's clock. */
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  /** The session it dies with; 0n for a persistent one. */
  readonly owner: bigint;
  readonly numChildren: number;
}
