import type { Observable } from 'rxjs';
import { InvalidOptionError } from '../errors.js';
import { checkDuration, checkTogether } from '../options.js';
import type { PeerBackendOptions } from './backend.js';
import { fileStore, type Store } from './store.js';
import { checkTcp, openTcp } from './tcp.js';
import type { PeerList, TcpOptions } from './tcp-options.js';

/** What every backend of peers takes, whatever its protocol. */
export interface PeerOptions extends TcpOptions {
  /** What the candidates of this node stand with: heavier ones come first. @default 0 */
  readonly weight?: number;
  /**
   * How long a node that has just been started waits for peers that it cannot reach before it counts as settled, in ms:
   * until then nobody stands on it who is not in line already, and it does not say who leads. @default 1000
   */
  readonly graceMs?: number;
  /** How often a node tells its peers again who stands on it, in ms: a message may be lost. @default 1000 */
  readonly tellMs?: number;
  /** How many elections there may be: peers cannot make this node remember more. @default 1000 */
  readonly maxElections?: number;
}

/** For protocols whose members are fixed. */
export interface FixedPeerOptions extends PeerOptions {
  readonly peers: PeerList;
}

/** For protocols whose members may come and go. */
export interface DynamicPeerOptions extends PeerOptions {
  readonly peers: PeerList | Observable<PeerList>;
}

/** Where a node keeps what it must not forget. */
export interface SavingOptions {
  /** A directory of this node's own, on a disk that survives: `<self>.state` is kept in it. */
  readonly dir: string;
  /**
   * True for the very first start of this node, and for no other: afterwards a missing file is an error, since a voter
   * that forgot its vote could make two leaders. @default false
   */
  readonly firstStart?: boolean;
}

/** Checks the options; opens nothing yet. Throws InvalidOptionError. */
export function peerSettings(given: PeerOptions, store: () => Store): PeerBackendOptions {
  const tcp = checkTcp(given);
  const { weight = 0, maxElections = 1_000 } = given;
  if (!Number.isFinite(weight)) throw new InvalidOptionError('weight', weight, 'must be a number');
  checkTogether(maxElections >= 1, 'maxElections', maxElections, 'must be at least 1');
  return {
    ...{ weight, maxElections, store, random: Math.random, clock: tcp.clock, logger: tcp.logger },
    graceMs: checkDuration('graceMs', given.graceMs ?? 1_000),
    tellMs: checkDuration('tellMs', given.tellMs ?? 1_000, 10),
    maxDataBytes: Math.floor(tcp.maxFrameBytes / 4),
    network: () => openTcp(tcp),
  };
}

/** Opens the file when the node is opened. Throws InvalidOptionError now. */
export function savingIn(self: string, { dir, firstStart = false }: Partial<SavingOptions>): () => Store {
  if (typeof dir !== 'string' || dir === '')
    throw new InvalidOptionError(
      'dir',
      dir,
      'must name a directory: a voter that forgets its vote can make two leaders',
    );
  if (typeof firstStart !== 'boolean') throw new InvalidOptionError('firstStart', firstStart, 'must be true or false');
  return () => fileStore({ dir, self, firstStart });
}
