/**
 * Sessions as the server's tracker has them (SessionTrackerImpl, ExpiryQueue): every request touches its session, which
 * then ends at the first tick later than its timeout from now; the exact instant is a multiple of the tick. @pure
 */
import type { Rules, Session, State } from './state.js';

/** What is granted of the time-out a client asks for. */
export const granted = (asked: number, { minSessionTimeoutMs, maxSessionTimeoutMs }: Rules): number =>
  Math.min(Math.max(asked, minSessionTimeoutMs), maxSessionTimeoutMs);

export function openSession(state: State, timeoutMs: number, connection: number): Session {
  state.lastSession = BigInt.asIntN(64, state.lastSession + 1n);
  const session = { id: state.lastSession, timeoutMs, expiresAt: 0, connection };
  state.sessions.set(session.id, session);
  touch(state, session, timeoutMs);
  return session;
}

/** Rounded up to the next tick, a whole tick more if it is one. */
export function touch({ now, rules: { tickMs } }: State, session: Session, timeoutMs: number): void {
  session.expiresAt = (Math.floor((now + timeoutMs) / tickMs) + 1) * tickMs;
}

/** Those whose time is over, the oldest first. */
export const outlived = ({ sessions, now }: State): Session[] =>
  [...sessions.values()].filter(({ expiresAt }) => expiresAt <= now).sort((a, b) => a.expiresAt - b.expiresAt);

/** A server that was away gives every session its whole time again. */
export function renewAll(state: State): void {
  for (const session of state.sessions.values()) touch(state, session, session.timeoutMs);
}

/** Follows from the session's id and the seed (SplitMix64), so that a server that comes back still knows it. */
export function passwordOf(id: bigint, { seed }: Rules): Uint8Array {
  const password = new DataView(new ArrayBuffer(16));
  password.setBigUint64(0, scrambled(id ^ seed));
  password.setBigUint64(8, scrambled(id + seed + 1n));
  return new Uint8Array(password.buffer);
}

function scrambled(value: bigint): bigint {
  const u64 = (n: bigint) => BigInt.asUintN(64, n);
  let z = u64(value + 0x9e3779b97f4a7c15n);
  z = u64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = u64((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

export const equal = (a: Uint8Array | null, b: Uint8Array): boolean =>
  a?.length === b.length && b.every((byte, at) => byte === a[at]);
