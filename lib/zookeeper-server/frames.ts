/** Cuts a connection's bytes into frames: a length of four bytes, then as many. @pure */

/** A length that no frame of ours has: another protocol, rubbish, or more than the server takes. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export class FrameCutter {
  readonly #longest: number;
  #parts: Uint8Array[] = [];
  #held = 0;
  /** Bytes the first frame takes, its length included; 4 until the length is known. */
  #wanted = 4;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The first four bytes as text, once they are there: before there was a frame they may be a four-letter word. */
  get word(): string | undefined {
    if (this.#held < 4) return undefined;
    return String.fromCharCode(...this.#joined().subarray(0, 4));
  }

  push(chunk: Uint8Array): void {
    this.#parts.push(chunk);
    this.#held += chunk.length;
  }

  /** The next complete frame without its length; undefined if more bytes are needed. Throws on an impossible length. */
  next(): Uint8Array | undefined {
    if (this.#held < this.#wanted) return undefined;
    const bytes = this.#joined();
    this.#wanted = 4 + this.#lengthOf(bytes);
    if (this.#held < this.#wanted) return undefined;
    const frame = bytes.subarray(4, this.#wanted);
    this.#parts = [bytes.subarray(this.#wanted)];
    this.#held -= this.#wanted;
    this.#wanted = 4;
    return frame;
  }

  #lengthOf(bytes: Uint8Array): number {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
    if (length < 0 || length > this.#longest) throw new FrameError(`a frame of ${length} bytes`);
    return length;
  }

  #joined(): Uint8Array {
    const [first] = this.#parts;
    if (first && this.#parts.length === 1) return first;
    const all = new Uint8Array(this.#held);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#parts = [all];
    return all;
  }
}
