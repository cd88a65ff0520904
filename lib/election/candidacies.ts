import type { Candidacy } from './election.js';

/** The candidacies of one backend that have not ended: what its `close()` has to wait for. */
export interface Candidacies {
  /** Keeps it, and hands it back. */
  add<C extends Candidacy>(candidacy: C): C;
  /** Resigns all and waits until each has its outcome. Never rejects; each has its own deadline. */
  resign(): Promise<void>;
}

/** So many may have ended before somebody looks. */
const FEW = 8;

export function keepCandidacies(): Candidacies {
  let kept: Candidacy[] = [];
  let many = FEW;
  return {
    add(candidacy) {
      if (kept.length >= many) {
        kept = kept.filter(({ leadership }) => leadership.role !== 'resigned');
        many = Math.max(FEW, 2 * kept.length);
      }
      kept.push(candidacy);
      return candidacy;
    },
    async resign() {
      await Promise.all(kept.map((candidacy) => candidacy.resign()));
    },
  };
}
