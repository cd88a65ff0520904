import type { Cell } from '../election/cell.js';
import { UNNOTICED_JUMP_MS } from '../election/lease.js';
import type { Clock } from '../options.js';
import type { Roster } from './roster.js';
import type { Running } from './run.js';

/** How long a node may believe in its own claim. */
export interface Belief {
  /** Asks the monotonic clock at this very call. Once it has said no to a token, it never says yes again. */
  holds(token: bigint): boolean;
  /** Call it whenever the machine has looked at the clock. */
  looked(): void;
}

/**
 * A claim holds while the machine leads with its token and the lease it tells of runs. The monotonic clock stands still
 * while a virtual machine is suspended, and a lease by it with it: where the wall clock has gone on alone since the
 * machine looked last, the belief is over. A lease counts from when the node asked for it, and for that it takes a new
 * term: from then on no leap is forgiven either.
 */
export function createBelief(roster: Cell<Roster>, running: Running<never>, clock: Clock): Belief {
  const offset = () => clock.wall() - clock.now();
  let before = offset();
  let term = running.view.term;
  let over: bigint | undefined;
  const isBounded = () => Number.isFinite(running.view.leading?.until);
  const believes = (token: bigint) => {
    const { leading } = running.view;
    if (roster.now.own.claim?.token !== token || leading?.token !== token || over === token) return false;
    return clock.now() < leading.until && !(isBounded() && Math.abs(offset() - before) > UNNOTICED_JUMP_MS);
  };
  const holds = (token: bigint) => {
    const held = believes(token);
    if (!held && roster.now.own.claim?.token === token) over = token;
    return held;
  };
  return {
    holds,
    looked() {
      const { claim } = roster.now.own;
      if (claim ? holds(claim.token) : running.view.term > term) before = offset();
      term = running.view.term;
    },
  };
}
