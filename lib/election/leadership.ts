/** What one participant knows of its own leadership at one instant. Plain data: a new object for every change. */

/**
 * Why a participant has no verdict. `resigning`: it was leader and its work is draining before the place is released.
 * `yielding`: its work threw, and it stays out of the line for a while so that others get their turn.
 */
export type CandidateReason = 'joining' | 'electing' | 'suspended' | 'expired' | 'evicted' | 'resigning' | 'yielding';

/** How a resignation ended: the store knows; the session was gone anyway; or the deadline passed before an answer. */
export type Resignation = 'released' | 'expired' | 'unknown';

/**
 * One leadership, from the claim to its end. Handed to the work that runs under it.
 *
 * `token` is larger than that of every leadership before it: give it to each resource you write to, and let the
 * resource refuse smaller ones (see `Fence`). `signal` aborts at the first moment this leadership is in doubt or is to
 * end. `isValid()` asks the monotonic clock at this very call: after a pause of the process it is `false` before any
 * event could say so.
 */
export interface Term {
  readonly token: bigint;
  readonly signal: AbortSignal;
  isValid(): boolean;
}

export type Leadership<X extends Term = Term> =
  | { readonly role: 'candidate'; readonly why: CandidateReason }
  | { readonly role: 'follower'; readonly ahead: number }
  | ({ readonly role: 'leader' } & X)
  | { readonly role: 'resigned'; readonly outcome: Resignation };

/** The leader variant alone. */
export type Leading<X extends Term = Term> = Extract<Leadership<X>, { role: 'leader' }>;

export const candidate = (why: CandidateReason) => ({ role: 'candidate', why }) as const;
export const follower = (ahead: number) => ({ role: 'follower', ahead }) as const;
export const resigned = (outcome: Resignation) => ({ role: 'resigned', outcome }) as const;

/** Equal neighbours are not repeated (law 1). Two leaderships are the same only if they are the same object. */
export function isSame(a: Leadership, b: Leadership): boolean {
  if (a === b) return true;
  if (a.role === 'candidate') return b.role === 'candidate' && a.why === b.why;
  return a.role === 'follower' && b.role === 'follower' && a.ahead === b.ahead;
}
