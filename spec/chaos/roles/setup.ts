/** What the run and the owners of a role tell each other. */

/** The one role of the group, and the znode that its owner writes to, below the group's root. */
export const ROLE = 'register';
export const REGISTER = '/register';
export const ROOT = '/zombies';

/**
 * Owners that break the rules on purpose: `unchecked` writes to ZooKeeper without the checks of a fenced write, `no-fence`
 * to SQLite without comparing tokens.
 */
export const mutants = ['unchecked', 'no-fence'] as const;
export type Mutant = (typeof mutants)[number];

/** What an owner is started with, as JSON. */
export interface Setup {
  readonly id: string;
  readonly servers: string;
  readonly sessionTimeoutMs: number;
  readonly leaseMs: number;
  /** Where it writes down what became of its writes, and where the SQLite file lies. */
  readonly dir: string;
  readonly mutant?: Mutant;
}

/** It serves the role, under this token. */
export interface News {
  readonly serves: string;
}

/** One write, and what its writer was told. */
export interface Attempt {
  readonly store: 'ZooKeeper' | 'SQLite';
  readonly token: string;
  readonly value: string;
  /** Refused without having been sent, or by the store. */
  readonly outcome: 'written' | 'kept back' | 'refused' | 'unknown';
}
