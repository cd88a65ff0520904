import type { Backend } from '../../lib/election/election.js';
import type { Clock } from '../../lib/options.js';

/** Where a backend is put to the test: participants that have nothing in common but the store. */
export interface World extends AsyncDisposable {
  /**
   * The base of every wait, in ms: by then every participant has learnt of any one event, the loss of another included.
   * Only a failing spec waits for all of it.
   */
  readonly patienceMs: number;
  /** By which everything runs; none: the machine's. */
  readonly clock?: Clock;
  /** A new participant with a connection of its own. */
  backend(): Promise<Backend>;
  /** It falls silent for good, without a goodbye. */
  crash?(backend: Backend): Promise<void>;
  /** It cannot reach the store, and the store cannot reach it, until `heal`. */
  cut?(backend: Backend): Promise<void>;
  heal?(backend: Backend): Promise<void>;
  /** The store forgets it, while it goes on as if nothing had happened. */
  expire?(backend: Backend): Promise<void>;
}

/** What a backend can do, or what can be done to it, that not every backend can. */
export type Capability = 'crash' | 'cut' | 'expire' | 'step down' | 'transfer' | 'evict' | 'prefer' | 'list';

/** Present, or absent for a reason. Nothing is left out in silence. */
export type Capabilities = Readonly<Record<Capability, 'present' | { readonly absent: string }>>;

/** Everything that the port promises, of a store that can lose its participants. */
export const everything: Capabilities = {
  crash: 'present',
  cut: 'present',
  expire: 'present',
  'step down': 'present',
  transfer: 'present',
  evict: 'present',
  prefer: 'present',
  list: 'present',
};
