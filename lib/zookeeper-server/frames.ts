/** Cuts a connection's bytes into frames: a length of four bytes, then as many. @pure */

import { intAt } from './jute.js';

/** A length that no frame of ours has: another protocol, rubbish, or more than the server takes. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export class FrameCutter {
  readonly #longest: number;
  /** What has been joined so far, up to `#at` given out. */
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** What has come since. */
  #parts: Uint8Array[] = [];
  /** Bytes that have not been given out. */
  #held = 0;
  /** Bytes the first frame takes, its length included; 4 until the length is known. */
  #wanted = 4;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The first four bytes as text, once they are there: before there was a frame they may be a four-letter word. */
  get word(): string | undefined {
    if (this.#held < 4) return undefined;
    this.#join();
    return String.fromCharCode(...this.#bytes.subarray(this.#at, this.#at + 4));
  }

  /** Bytes of a frame to come. */
  get holdsMore(): boolean {
    return this.#held > 0;
  }

  push(chunk: Uint8Array): void {
    this.#parts.push(chunk);
    this.#held += chunk.length;
  }

  /** The next complete frame without its length; undefined if more bytes are needed. Throws on an impossible length. */
  next(): Uint8Array | undefined {
    if (this.#held < this.#wanted) return undefined;
    this.#join();
    this.#wanted = 4 + this.#length();
    if (this.#held < this.#wanted) return undefined;
    const from = this.#at;
    this.#at += this.#wanted;
    this.#held -= this.#wanted;
    this.#wanted = 4;
    return this.#bytes.subarray(from + 4, this.#at);
  }

  #length(): number {
    const length = intAt(this.#bytes, this.#at);
    if (length < 0 || length > this.#longest) throw new FrameError(`a frame of ${length} bytes`);
    return length;
  }

  /** Most chunks end where a frame does: the next one is taken as it is. */
  #join(): void {
    const [first] = this.#parts;
    if (!first) return;
    const rest = this.#bytes.subarray(this.#at);
    this.#bytes = rest.length === 0 && this.#parts.length === 1 ? first : joined([rest, ...this.#parts], this.#held);
    this.#at = 0;
    this.#parts = [];
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
