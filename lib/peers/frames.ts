/**
 * Frames on a stream: four bytes of length, then the body. A sealed frame begins with a MAC over its number and its
 * body, so that nothing can be put into a stream, taken out of it, repeated or moved without being noticed. The bodies
 * themselves can be read by whoever sees the wire: for secrecy use TLS.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const LENGTH_BYTES = 4;
/** What a sealed frame has beyond its body. */
export const MAC_BYTES = 32;

/** One direction of a stream, at one of its ends. */
export interface Seal {
  /** The frame's content for a body. */
  close(body: Buffer): Buffer;
  /** The body of a frame's content; `undefined` if it is not the one that must come now. */
  open(content: Buffer): Buffer | undefined;
}

/** No seal: for streams that are protected otherwise. */
export const unsealed: Seal = { close: (body) => body, open: (content) => content };

/** Both ends count the frames by themselves, from 0. */
export function createSeal(key: Buffer): Seal {
  let count = 0n;
  const mac = (body: Buffer) => {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(count);
    count += 1n;
    return createHmac('sha256', key).update(number).update(body).digest();
  };
  return {
    close: (body) => Buffer.concat([mac(body), body]),
    open(content) {
      if (content.length < MAC_BYTES) return undefined;
      const body = content.subarray(MAC_BYTES);
      return timingSafeEqual(content.subarray(0, MAC_BYTES), mac(body)) ? body : undefined;
    },
  };
}

export function framed(content: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + content.length);
  frame.writeUInt32BE(content.length);
  content.copy(frame, LENGTH_BYTES);
  return frame;
}

/** Takes the chunks of a stream; false once a frame is longer than `limit()`: then there is no going on. */
export function createReader(limit: () => number, take: (content: Buffer) => void): (chunk: Buffer) => boolean {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = LENGTH_BYTES;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= wanted) {
      const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      const length = all.readUInt32BE(0);
      if (length > limit()) return false;
      wanted = LENGTH_BYTES + length;
      if (held < wanted) {
        chunks = [all];
        break;
      }
      chunks = [all.subarray(wanted)];
      held -= wanted;
      const content = all.subarray(LENGTH_BYTES, wanted);
      wanted = LENGTH_BYTES;
      take(content);
    }
    return true;
  };
}
