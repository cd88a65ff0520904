/**
 * How long a leader may believe in itself. @pure
 *
 * Redis ends the lease `leaseMs` after it carried out the last acquire or renewal, by its own clock. The holder believes
 * from the instant it *sent* that command, which is earlier, and for less time: an allowance for the rates of both clocks,
 * for Redis' whole milliseconds, and for a jump between wall and monotonic time that went unnoticed (Gray and Cheriton,
 * "Leases", SOSP 1989). What is assumed of Redis: that its wall clock is not set forward, and that it keeps what it said.
 */

/** One moment by both clocks, in ms. The monotonic one stands still while a machine is suspended, the wall does not. */
export interface Instant {
  readonly now: number;
  readonly wall: number;
}

/** A jump between the two clocks up to this goes unnoticed by the holder, in ms. */
export const UNNOTICED_JUMP_MS = 20;
/** Redis counts in whole milliseconds. */
const ROUNDING_MS = 1;

/** How long the holder believes, in ms, from the instant it sent what Redis granted. */
export const beliefMs = (leaseMs: number, clockDrift: number): number =>
  leaseMs * (1 - 2 * clockDrift) - UNNOTICED_JUMP_MS - ROUNDING_MS;

/** The last instant of belief, by the holder's monotonic clock. */
export const believesUntil = (sent: Instant, forMs: number): number => sent.now + forMs;

/** Does a holder whose last granted command was sent at `sent` believe at `at`? */
export function believes(sent: Instant, at: Instant, forMs: number): boolean {
  const jump = at.wall - sent.wall - (at.now - sent.now);
  return at.now < believesUntil(sent, forMs) && Math.abs(jump) <= UNNOTICED_JUMP_MS;
}
