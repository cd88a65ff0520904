import { setTimeout as pause } from 'node:timers/promises';
import type { Foreigner } from '../interop/foreigner.js';

/** A thousand clients in Python take their time. */
export const PEERS_PATIENCE_MS = 180_000;

/** Two processes of a peer, or one twice. */
export type Peers = readonly [Foreigner, Foreigner];

/**
 * Hand-overs of a peer's line whose candidates are in two processes by turns, in ms: from the instant at which one goes in one
 * process to the call-back of the next one in the other, by the machine's monotonic clock. Everything rests before each.
 */
export async function relayed(peers: Peers, path: string, size: number, samples: number, restMs: number) {
  const ordered = Math.min(size, samples + 1);
  const enter = (number: number, count: number) => ask(peers[number % 2]!, `enter ${count} ${path}`);
  for (let i = 0; i < ordered; i++) await enter(i, 1);
  const crowd = size - ordered;
  if (crowd > 0) await enter(ordered, Math.ceil(crowd / 2));
  if (crowd > 1) await enter(ordered + 1, Math.floor(crowd / 2));
  const took: number[] = [];
  for (let i = 0; i < samples; i++) {
    const led = ask(peers[(i + 1) % 2]!, 'led');
    await pause(restMs);
    const from = ask(peers[i % 2]!, 'go');
    took.push(Number(await led) - Number(await from));
    await enter(size + i, 1);
  }
  for (const peer of peers) await ask(peer, 'leave');
  return took;
}

const ask = async (peer: Foreigner, command: string): Promise<string | undefined> =>
  (await peer.ask(command, PEERS_PATIENCE_MS))[0];
