/**
 * How long a leader may believe in itself. @pure
 *
 * Redis ends the lease `leaseMs` after it carried out the last acquire or renewal, by its own clock. The holder believes
 * from the instant it *sent* that command, which is earlier, and for less time: an allowance for the rates of both clocks,
 * for Redis' whole milliseconds, and for a jump between wall and monotonic time that went unnoticed (Gray and Cheriton,
 * "Leases", SOSP 1989). What is assumed of Redis: that its wall clock is not set forward, and that it keeps what it said.
 */

import { UNNOTICED_JUMP_MS } from '../election/lease.js';

/** Redis counts in whole milliseconds. */
const ROUNDING_MS = 1;

/** How long the holder believes, in ms, from the instant it sent what Redis granted. */
export const beliefMs = (leaseMs: number, clockDrift: number): number =>
  leaseMs * (1 - 2 * clockDrift) - UNNOTICED_JUMP_MS - ROUNDING_MS;
