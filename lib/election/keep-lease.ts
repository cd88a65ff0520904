/** A lease in use: believed in as long as proofs arrive in time, and never again once it has lapsed. */
import { filter, merge, type Observable, take } from 'rxjs';
import { type Clock, reached } from '../options.js';
import { believes, believesUntil, type Instant } from './lease.js';

export const instant = (clock: Clock): Instant => ({ now: clock.now(), wall: clock.wall() });

export interface KeptLease {
  /** Asks the clocks at this very call. Once false it stays so: the next belief needs a new beginning. */
  holds(): boolean;
  /** Renews while it is subscribed; emits once and completes when the lease has lapsed. Errors as the proofs do. */
  readonly lapsed$: Observable<unknown>;
}

/** `proofs$` tells when each acknowledged proof was sent. */
export function keepLease(first: Instant, proofs$: Observable<Instant>, leaseMs: number, clock: Clock): KeptLease {
  let proof = first;
  let held = true;
  const holds = (): boolean => {
    held &&= believes(proof, instant(clock), leaseMs);
    return held;
  };
  const tooLate$ = proofs$.pipe(
    filter((sent) => {
      if (holds() && sent.now > proof.now) proof = sent;
      return !held;
    }),
  );
  return {
    holds,
    lapsed$: merge(
      tooLate$,
      reached(clock, () => believesUntil(proof, leaseMs)),
    ).pipe(take(1)),
  };
}
