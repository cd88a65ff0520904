/** Voting, made safe by a claim: see `machine.ts` and `../claim.ts`. */
import type { ClaimMessage } from '../claim-messages.js';
import type { Electing } from '../consulting.js';
import { electing, type Saved } from '../electing.js';
import type { Machine, NodeId } from '../machine.js';
import {
  canElect,
  checkQuorum,
  guaranteeOf,
  type Quorum,
  type QuorumOptions,
  resolveQuorumOptions,
} from '../quorum.js';
import { type Voting, type VotingMessage, votingFor } from './machine.js';

export interface VotingOptions extends QuorumOptions {
  /** How many votes of a round elect; `none`: more than half of those cast in time. @default `quorum` */
  readonly threshold?: Quorum;
}
export type VotingMachine = Machine<Electing<Voting>, ClaimMessage | VotingMessage, Saved>;

/**
 * Whoever gets enough votes leads; nobody votes for one lighter than itself. The guarantee is `lease` with
 * `quorum: 'majority'`, whatever the threshold, and `best-effort` with anything else. Throws InvalidOptionError.
 */
export function votingProtocol(options: VotingOptions) {
  const resolved = resolveQuorumOptions(options);
  const threshold = checkQuorum('threshold', options.threshold ?? resolved.quorum, resolved.members.length);
  return {
    guarantee: guaranteeOf(resolved.quorum),
    machine: (_election: string): VotingMachine => electing(resolved, votingFor(threshold)),
    canElect: (reachable: ReadonlySet<NodeId>, group: readonly NodeId[]) => canElect(resolved, reachable, group),
  };
}

export type { Quorum, QuorumOptions } from '../quorum.js';
