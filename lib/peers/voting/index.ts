/**
 * Elections by voting, made safe by a claim: see `machine.ts` and `../claim.ts`.
 *
 * ```ts
 * const backend = voting({ self: 'n1', peers: 'n1@10.0.0.1:7001,n2@10.0.0.2:7001,n3@10.0.0.3:7001', dir: '/var/lib/jobs' });
 * ```
 *
 * Whoever notices that nobody leads asks everybody for a vote, after a random time, and takes over with enough of them.
 */
import type { Backend } from '../../election/election.js';
import { peerBackend } from '../backend.js';
import type { ClaimMessage } from '../claim-messages.js';
import type { Electing } from '../consulting.js';
import type { Protocol } from '../protocol.js';
import { checkQuorum, type Quorum, type QuorumOptions, resolveQuorumOptions } from '../quorum.js';
import { groupOf, type QuorumPeerOptions, quorumSettings } from '../quorum-backend.js';
import { quorumProtocol } from '../quorum-protocol.js';
import type { Saved } from '../saved.js';
import { type Voting, type VotingMessage, votingFor } from './machine.js';

export type { Quorum } from '../quorum.js';
export type { Peer, PeerList, PeerTls } from '../tcp.js';

interface Threshold {
  /** How many votes of a round elect; `none`: more than half of those cast in time. @default `quorum` */
  readonly threshold?: Quorum;
}

/** What the protocol takes besides is in QuorumOptions. */
export interface VotingOptions extends QuorumPeerOptions, Threshold {}
export type VotingProtocol = Protocol<Electing<Voting>, ClaimMessage | VotingMessage, Saved>;

/**
 * A backend that is one node of a group. Whoever gets enough votes leads; nobody votes for one lighter than itself. The
 * guarantee is `lease` with `quorum: 'majority'`, whatever the threshold, and `best-effort` with anything else. Takes
 * part from its first use; throws InvalidOptionError.
 */
export function voting(options: VotingOptions): Backend {
  return peerBackend(votingProtocol(groupOf(options)), quorumSettings(options));
}

/** For other transports than TCP: see `peerBackend`. Throws InvalidOptionError. */
export function votingProtocol(options: QuorumOptions & Threshold): VotingProtocol {
  const resolved = resolveQuorumOptions(options);
  const threshold = checkQuorum('threshold', options.threshold ?? resolved.quorum, options.members);
  return quorumProtocol(resolved, votingFor(threshold));
}
