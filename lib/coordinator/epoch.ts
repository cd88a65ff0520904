/**
 * Which leadership of a role, and which of two is the later. @pure
 *
 * The token is the zxid of the claim: it rises over all roles of an ensemble, and is what the outside world compares.
 * The term is 1, 2, 3 … for each role: for people, and gone with the role's record. The incarnation is a random word of
 * the group, made once: zxids of an ensemble that was rebuilt start over and must not be compared with older ones.
 */
import { IncarnationMismatchError } from './errors.js';

export interface Epoch {
  readonly role: string;
  readonly term: number;
  readonly token: bigint;
  readonly incarnation: string;
}

/** Negative if `a` is the earlier. Throws IncarnationMismatchError for epochs of two different groups or ensembles. */
export function compareEpochs(a: Epoch, b: Epoch): -1 | 0 | 1 {
  if (a.incarnation !== b.incarnation) throw new IncarnationMismatchError(a.incarnation, b.incarnation);
  return a.token < b.token ? -1 : a.token > b.token ? 1 : 0;
}

const HEX_DIGITS = 16;

/** As text that sorts like the epochs themselves: `incarnation.token`, the token in 16 hex digits. For headers and columns. */
export const epochToText = ({ incarnation, token }: Pick<Epoch, 'incarnation' | 'token'>): string =>
  `${incarnation}.${token.toString(16).padStart(HEX_DIGITS, '0')}`;

/** The opposite; `undefined` for anything else. */
export function epochFromText(text: string): Pick<Epoch, 'incarnation' | 'token'> | undefined {
  const [, incarnation, token] = /^([0-9a-f-]{1,64})\.([0-9a-f]{16})$/.exec(text) ?? [];
  return incarnation && token ? { incarnation, token: BigInt(`0x${token}`) } : undefined;
}

/** The receiver's side: it keeps the highest epoch it was shown, and never goes back. One for each role or resource. */
export interface EpochGate {
  /** `stale` must be refused. Throws IncarnationMismatchError. */
  admit(epoch: Pick<Epoch, 'incarnation' | 'token'>): 'current' | 'newer' | 'stale';
  readonly highest: Pick<Epoch, 'incarnation' | 'token'> | undefined;
}

/** `highest` is where it begins, for a resource that has kept it. */
export function createEpochGate(highest?: Pick<Epoch, 'incarnation' | 'token'>): EpochGate {
  let top = highest;
  return {
    get highest() {
      return top;
    },
    admit(epoch) {
      if (top && top.incarnation !== epoch.incarnation)
        throw new IncarnationMismatchError(top.incarnation, epoch.incarnation);
      if (top && epoch.token < top.token) return 'stale';
      const verdict = top && epoch.token === top.token ? 'current' : 'newer';
      top = { incarnation: epoch.incarnation, token: epoch.token };
      return verdict;
    },
  };
}
