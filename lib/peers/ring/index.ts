/**
 * Elections by the ring algorithm, made safe by a claim: see `machine.ts` and `../claim.ts`.
 *
 * ```ts
 * const backend = ring({ self: 'n1', peers: 'n1@10.0.0.1:7001,n2@10.0.0.2:7001,n3@10.0.0.3:7001', dir: '/var/lib/jobs' });
 * ```
 *
 * An election goes once around the ring of the nodes' names, and the best of those it passes takes over.
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
import { type Ring, type RingMessage, circling } from './machine.js';

export type { Quorum } from '../quorum.js';
export type { Peer, PeerList, PeerTls } from '../tcp.js';

/** What the protocol takes is in QuorumOptions. The ring is that of the members, by name. */
export type RingOptions = QuorumPeerOptions;
export type RingProtocol = Protocol<Electing<Ring>, ClaimMessage | RingMessage, Saved>;

/**
 * A backend that is one node of a group. The heaviest leads, and of those the one that has stood for longest; a leader already there stays. The guarantee is
 * `lease` with `quorum: 'majority'`, and `best-effort` with anything else. Takes part from its first use; throws
 * InvalidOptionError.
 */
export function ring(options: RingOptions): Backend {
  return peerBackend(ringProtocol(groupOf(options)), quorumSettings(options));
}

/** For other transports than TCP: see `peerBackend`. Throws InvalidOptionError. */
export function ringProtocol(options: QuorumOptions): RingProtocol {
  return quorumProtocol(resolveQuorumOptions(options), circling);
}
