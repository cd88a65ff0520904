export { OpCode as opcode } from '../../lib/zookeeper-server/opcodes.js';

/** Longer than this is no frame of ZooKeeper's (its limit is 1 MiB and a bit) but another protocol, TLS for one. */
const longestFrame = 16 * 1024 * 1024;

const nothing = Buffer.alloc(0);

/** Takes the 4-byte length-prefixed frames out of a byte stream; gives up for good on a stream that has none. */
export class FrameReader {
  /** Bytes of the frame that is not complete yet, its length prefix included. */
  rest: Buffer = nothing;
  framed: boolean;

  constructor(framed: boolean) {
    this.framed = framed;
  }

  /** The frames that this chunk completes, each with its length prefix. */
  push(chunk: Buffer): Buffer[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Buffer[] = [];
    while (this.framed && this.rest.length >= 4) {
      const end = 4 + this.rest.readInt32BE(0);
      if (end < 4 || end > longestFrame) this.framed = false;
      else if (this.rest.length < end) break;
      else frames.push(this.take(end));
    }
    return frames;
  }

  /** Forgets what of an unframed stream was passed on already. */
  take(length: number): Buffer {
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }
}

/** The two numbers a ZooKeeper frame begins with; the handshake, first on every connection, has neither. */
export function header(frame: Buffer, handshake: boolean): { xid: number; opcode: number } {
  if (handshake || frame.length < 12) return { xid: Number.NaN, opcode: Number.NaN };
  return { xid: frame.readInt32BE(4), opcode: frame.readInt32BE(8) };
}
