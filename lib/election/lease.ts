/**
 * How long a leader may believe in itself. @pure
 *
 * The holder believes until `leaseMs` after the instant it *sent* its last acknowledged write that named its own znode and
 * its claim. The successor of a holder that did not say goodbye waits that holder's `leaseMs`, stretched by the clocks'
 * drift, from the answer to its own claim. No such write of the holder can be later than that claim: so the two beliefs
 * never overlap, whatever the servers do and whatever line they show. The only assumption is a bound on the *rates* of
 * clocks (Gray and Cheriton, "Leases", SOSP 1989; Chubby's lock-delay).
 */

/** One moment by both clocks, in ms. The monotonic one stands still while a machine is suspended, the wall does not. */
export interface Instant {
  readonly now: number;
  readonly wall: number;
}

/** A jump between the two clocks up to this goes unnoticed by the holder; the successor waits it in addition. In ms. */
export const UNNOTICED_JUMP_MS = 20;

/** The last instant of belief, by the holder's monotonic clock. */
export const believesUntil = (sent: Instant, leaseMs: number): number => sent.now + leaseMs;

/** Does a holder whose last acknowledged proof was sent at `sent` believe at `at`? */
export function believes(sent: Instant, at: Instant, leaseMs: number): boolean {
  const jump = at.wall - sent.wall - (at.now - sent.now);
  return at.now < believesUntil(sent, leaseMs) && Math.abs(jump) <= UNNOTICED_JUMP_MS;
}

/** From when on, by its own monotonic clock, one may lead whose claim was answered at `claimedAt`. */
export function clearFrom(
  claimedAt: number,
  previous: { leaseMs: number; released: boolean } | undefined,
  clockDrift: number,
): number {
  if (!previous || previous.released) return claimedAt;
  return claimedAt + (previous.leaseMs + UNNOTICED_JUMP_MS) * (1 + 2 * clockDrift);
}

/**
 * The lease that a claim writes down: whoever comes next must outwait not only the claimant but everybody the claimant
 * may itself still be waiting for. Those are the last holder before the line was listed, and those ahead in it.
 */
export function leaseToRecord(
  own: number,
  ahead: number,
  found: { leaseMs: number; released: boolean } | undefined,
): number {
  return Math.max(own, ahead, found && !found.released ? found.leaseMs : 0);
}
