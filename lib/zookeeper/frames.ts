import type { Socket } from './port.js';

/** Longer than this is no answer of ZooKeeper's but another protocol or rubbish. */
const LONGEST_FRAME_BYTES = 128 * 1024 * 1024;

/**
 * Cuts one connection's bytes into length-prefixed frames (pure but for what it keeps). Each connection has its own:
 * the half of an answer that was cut off must not be read as the beginning of the next connection's. Throws on a length
 * that cannot be one.
 */
export function frameCutter(): (chunk: Buffer) => Buffer[] {
  let parts: Buffer[] = [];
  let held = 0;
  return (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    if (held < endOf(parts)) return [];
    let rest = parts.length === 1 ? chunk : Buffer.concat(parts);
    const frames: Buffer[] = [];
    for (let end = endOf([rest]); rest.length >= end; end = endOf([rest])) {
      frames.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    parts = rest.length > 0 ? [rest] : [];
    held = rest.length;
    return frames;
  };
}

/** How long the frame at the beginning is, its length prefix included; infinite while even that is incomplete. */
function endOf(parts: readonly Buffer[]): number {
  const start = parts[0]!.length >= 4 ? parts[0]! : Buffer.concat(parts);
  if (start.length < 4) return Number.POSITIVE_INFINITY;
  const length = start.readInt32BE(0);
  if (length < 0 || length > LONGEST_FRAME_BYTES) throw new Error(`a frame of ${length} bytes`);
  return 4 + length;
}

/** What is sent in one turn of the event loop leaves in one write, at the end of the turn or with `flush`. */
export function cork(socket: Socket | undefined): void {
  if (!socket || socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(() => socket.uncork());
}

/** What was held back leaves now. */
export function flush(socket: Socket | undefined): void {
  if (socket && socket.writableCorked > 0) socket.uncork();
}
