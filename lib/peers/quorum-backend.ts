/** What the backends of bully, ring and voting have in common: options, and where promises are kept. */
import { isObservable } from 'rxjs';
import { checkPeers } from './address.js';
import type { PeerBackendOptions } from './backend.js';
import { type DynamicPeerOptions, peerSettings, type SavingOptions, savingIn } from './peer-options.js';
import type { QuorumOptions } from './quorum.js';
import { memoryStore } from './store.js';

/**
 * Whoever is in `peers` and not in `observers` is a member. With `quorum: 'majority'` `peers` is a list, the same everywhere and changed by `previousMembers` alone, and everybody needs a `dir`, since a
 * promise must outlive a crash. With anything else discovery may say who the peers are, and nothing has to be kept.
 */
export interface QuorumPeerOptions
  extends DynamicPeerOptions,
    Omit<QuorumOptions, 'self' | 'members'>,
    Partial<SavingOptions> {}

/** The same options, as the protocol takes them. Throws InvalidOptionError. */
export function groupOf<O extends QuorumPeerOptions>(options: O): O & QuorumOptions {
  const { peers, observers = [] } = options;
  if (isObservable(peers)) return { ...options, members: undefined };
  const everybody = checkPeers('peers', peers).map(({ id }) => id);
  return { ...options, members: everybody.filter((id) => !observers.includes(id)) };
}

/** The same options, as the shell takes them. Throws InvalidOptionError. */
export function quorumSettings(options: QuorumPeerOptions): PeerBackendOptions {
  const { self, quorum = 'majority', dir, observers = [] } = options;
  const isKept = !observers.includes(self) && (quorum === 'majority' || dir !== undefined);
  return peerSettings(options, isKept ? savingIn(self, options) : memoryStore);
}
