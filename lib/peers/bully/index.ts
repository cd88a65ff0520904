/**
 * Elections by the bully algorithm, made safe by a claim: see `machine.ts` and `../claim.ts`.
 *
 * ```ts
 * const backend = bully({ self: 'n1', peers: 'n1@10.0.0.1:7001,n2@10.0.0.2:7001,n3@10.0.0.3:7001', dir: '/var/lib/jobs' });
 * ```
 *
 * Whoever notices that nobody leads asks those who outrank it, and takes over if none of them answers.
 */
import type { Backend } from '../../election/election.js';
import { peerBackend } from '../backend.js';
import type { ClaimMessage } from '../claim-messages.js';
import type { Electing } from '../consulting.js';
import type { Protocol } from '../protocol.js';
import { type QuorumOptions, resolveQuorumOptions } from '../quorum.js';
import { groupOf, type QuorumPeerOptions, quorumSettings } from '../quorum-backend.js';
import { quorumProtocol } from '../quorum-protocol.js';
import type { Saved } from '../saved.js';
import { type Bully, type BullyMessage, bullying } from './machine.js';

export type { Quorum } from '../quorum.js';
export type { Peer, PeerList, PeerTls } from '../tcp.js';

/** What the protocol takes is in QuorumOptions. */
export type BullyOptions = QuorumPeerOptions;
export type BullyProtocol = Protocol<Electing<Bully>, ClaimMessage | BullyMessage, Saved>;

/**
 * A backend that is one node of a group. Who has stood for longest leads; a heavier one bullies its way to the front. The guarantee is
 * `lease` with `quorum: 'majority'`, and `best-effort` with anything else. Takes part from its first use; throws
 * InvalidOptionError.
 */
export function bully(options: BullyOptions): Backend {
  return peerBackend(bullyProtocol(groupOf(options)), quorumSettings(options));
}

/** For other transports than TCP: see `peerBackend`. Throws InvalidOptionError. */
export function bullyProtocol(options: QuorumOptions): BullyProtocol {
  return quorumProtocol(resolveQuorumOptions(options), bullying);
}
