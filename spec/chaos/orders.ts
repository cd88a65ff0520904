/** What the nemesis and its workers tell each other. */
import type { ZooKeeperOptions } from '../../lib/zookeeper/index.js';
import type { Mutant } from './mutants.js';

/** What a worker is started with, as JSON. */
export interface Setup {
  readonly id: string;
  /** This life of it. */
  readonly who: string;
  /** Where it writes. */
  readonly dir: string;
  readonly election: string;
  readonly options: ZooKeeperOptions;
  /** Stands at once. */
  readonly stands: boolean;
  /** The longest that its work takes to stop, in ms. */
  readonly drainMs: number;
  readonly mutant?: Mutant;
}

/** `resign` stands again at once, at the end of the line; `retire` waits for `stand`. */
export type Order = 'stand' | 'resign' | 'retire' | 'exit';

/** Every value of `leadership$`. */
export interface Tidings {
  readonly up?: true;
  readonly role?: 'candidate' | 'follower' | 'leader' | 'resigned';
  readonly ahead?: number;
  readonly token?: string;
  readonly outcome?: string;
}
