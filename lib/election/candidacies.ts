import type { Candidacy } from './election.js';

/** The candidacies of one backend that have not ended: what its `close()` has to wait for. */
export interface Candidacies {
  /** Keeps it, and hands it back. */
  add<C extends Candidacy>(candidacy: C): C;
  /** Resigns all and waits until each has its outcome. Never rejects; each has its own deadline. */
  resign(): Promise<void>;
}

export function keepCandidacies(): Candidacies {
  let kept: readonly Candidacy[] = [];
  return {
    add(candidacy) {
      kept = [...kept.filter(({ leadership }) => leadership.role !== 'resigned'), candidacy];
      return candidacy;
    },
    async resign() {
      await Promise.all(kept.map((candidacy) => candidacy.resign()));
    },
  };
}
