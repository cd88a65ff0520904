/** The bully algorithm, made safe by a claim: see `machine.ts` and `../claim.ts`. */
import type { ClaimMessage } from '../claim-messages.js';
import type { Electing } from '../consulting.js';
import { electing, type Saved } from '../electing.js';
import type { Machine, NodeId } from '../machine.js';
import { canElect, guaranteeOf, type QuorumOptions, resolveQuorumOptions } from '../quorum.js';
import { type Bully, type BullyMessage, bullying } from './machine.js';

/** All defaults are in QuorumOptions. */
export type BullyOptions = QuorumOptions;
export type BullyMachine = Machine<Electing<Bully>, ClaimMessage | BullyMessage, Saved>;

/**
 * Who has stood for longest leads; a heavier one bullies its way to the front. The guarantee is `lease` with
 * `quorum: 'majority'`, and `best-effort` with anything else. Throws InvalidOptionError.
 */
export function bullyProtocol(options: BullyOptions) {
  const resolved = resolveQuorumOptions(options);
  return {
    guarantee: guaranteeOf(resolved.quorum),
    machine: (_election: string): BullyMachine => electing(resolved, bullying),
    canElect: (reachable: ReadonlySet<NodeId>, group: readonly NodeId[]) => canElect(resolved, reachable, group),
  };
}

export type { Quorum, QuorumOptions } from '../quorum.js';
