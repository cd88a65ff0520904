/** The ring algorithm, made safe by a claim: see `machine.ts` and `../claim.ts`. */
import type { ClaimMessage } from '../claim-messages.js';
import type { Electing } from '../consulting.js';
import { electing, type Saved } from '../electing.js';
import type { Machine, NodeId } from '../machine.js';
import { canElect, guaranteeOf, type QuorumOptions, resolveQuorumOptions } from '../quorum.js';
import { circling, type Ring, type RingMessage } from './machine.js';

/** All defaults are in QuorumOptions. The ring is that of `members`, by name. */
export type RingOptions = QuorumOptions;
export type RingMachine = Machine<Electing<Ring>, ClaimMessage | RingMessage, Saved>;

/**
 * The heaviest leads, and of those the one that has stood for longest; a leader already there stays. The guarantee is
 * `lease` with `quorum: 'majority'`, and `best-effort` with anything else. Throws InvalidOptionError.
 */
export function ringProtocol(options: RingOptions) {
  const resolved = resolveQuorumOptions(options);
  return {
    guarantee: guaranteeOf(resolved.quorum),
    machine: (_election: string): RingMachine => electing(resolved, circling),
    canElect: (reachable: ReadonlySet<NodeId>, group: readonly NodeId[]) => canElect(resolved, reachable, group),
  };
}

export type { Quorum, QuorumOptions } from '../quorum.js';
