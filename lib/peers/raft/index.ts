/**
 * Elections by Raft, among the processes themselves.
 *
 * ```ts
 * const backend = raft({ self: 'n1', peers: 'n1@10.0.0.1:7001,n2@10.0.0.2:7001,n3@10.0.0.3:7001', dir: '/var/lib/jobs' });
 * ```
 *
 * Any majority of the voters elects, and goes on when the rest is lost; two of three, three of five. No store, no clock
 * that must be right: only clocks that run at about the same rate, and a disk that keeps each voter's vote.
 */
import type { Backend } from '../../election/election.js';
import { checkPeers } from '../address.js';
import { peerBackend } from '../backend.js';
import { type FixedPeerOptions, peerSettings, type SavingOptions, savingIn } from '../peer-options.js';
import type { Protocol } from '../protocol.js';
import { memoryStore } from '../store.js';
import { raftMachine } from './machine.js';
import type { RaftMessage } from './messages.js';
import { type RaftOptions as GroupOptions, resolveOptions } from './options.js';
import type { RaftRecord, RaftState } from './state.js';

export type { Peer, PeerList, PeerTls } from '../tcp.js';

type Timings = Pick<GroupOptions, 'observers' | 'previousVoters' | 'electionTimeoutMs' | 'heartbeatMs' | 'clockDrift'>;

/** Whoever is in `peers` and not in `observers` votes, and needs a `dir`. */
export interface RaftOptions extends FixedPeerOptions, Timings, Partial<SavingOptions> {}

/** A backend that is one node of a Raft group. Takes part from its first use; throws InvalidOptionError. */
export function raft(options: RaftOptions): Backend {
  const { self, peers, observers = [] } = options;
  const voters = checkPeers('peers', peers)
    .map(({ id }) => id)
    .filter((id) => !observers.includes(id));
  const protocol = raftProtocol({ ...options, voters });
  const store = voters.includes(self) ? savingIn(self, options) : memoryStore;
  return peerBackend(protocol, peerSettings(options, store));
}

/** For other transports than TCP: see `peerBackend`. Throws InvalidOptionError. */
export function raftProtocol(options: GroupOptions): Protocol<RaftState, RaftMessage, RaftRecord> {
  const group = resolveOptions(options);
  const { voters, majority, isVoter, self } = group;
  return {
    guarantee: 'lease',
    machine: () => raftMachine(group),
    canElect: (reachable) => voters.filter((id) => reachable.has(id)).length >= majority,
    mayNotStand: isVoter ? undefined : `${self} is an observer: only voters stand. Leave it out of \`observers\`.`,
  };
}
