/** What the nemesis and its workers tell each other. */
import type { ZooKeeperOptions } from 'succession/zookeeper';
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
export type Order =
  | 'stand'
  | 'resign'
  | 'retire'
  | 'exit'
  /** Does nothing else for so long; sets its wall clock forward, or back if negative. In ms. */
  | { readonly blockMs?: number; readonly setWallMs?: number };

/** Every value of `leadership$`. */
export interface Tidings {
  readonly up?: true;
  readonly role?: 'candidate' | 'follower' | 'leader' | 'resigned';
  readonly ahead?: number;
  readonly token?: string;
  readonly outcome?: string;
  /** It ended, and nobody had asked it to. */
  readonly died?: string;
}
