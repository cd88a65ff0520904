/** Leaving: the lease is let go and the place with it, in one script that wakes the next in line. */
import { defaultIfEmpty, defer, map, type Observable, of, retry, takeUntil, throwError, timer } from 'rxjs';
import type { Resignation } from '../election/leadership.js';
import { isRetriable } from '../errors.js';
import { instant, type Office } from './office.js';
import { backOff } from './options.js';
import { scripts } from './scripts.js';
import type { Seat, Standing } from './standing.js';

/** Who goes back to the end of the line: from which leadership, and who should lead next. */
interface Back {
  readonly token: bigint;
  readonly nominee: string | undefined;
}

/** Lets the lease go if it is ours, and the place too unless it is taken again at the end of the line. Tries until Redis has heard, or errors. */
export function goodbye({ office }: Standing, seat: Seat, back?: Back): Observable<unknown> {
  const words = back ? ['1', back.nominee ?? '', String(back.token)] : ['0', '', ''];
  return office.wire.run(scripts.release, office.keys, seat.name, ...words).pipe(retry({ delay: orLater(office) }));
}

/**
 * Leaves for good: `released` when Redis has heard, `expired` when it must have forgotten us by itself. Emits once. A
 * heartbeat of ours that was never answered may still be carried out: then the place is lost a lease later.
 */
export function withdraw(standing: Standing): Observable<Resignation> {
  return defer(() => {
    const { seat, office } = standing;
    standing.seat = undefined;
    if (!seat) return of('released' as const);
    const { leaseMs, commandTimeoutMs, clock } = office.options;
    const forgotten$ = timer(leaseMs + commandTimeoutMs, clock.scheduler);
    return goodbye(standing, seat).pipe(
      map(() => 'released' as const),
      takeUntil(forgotten$),
      defaultIfEmpty('expired' as const),
    );
  });
}

/** For `retry`: a little later, unless trying again cannot help. */
export const orLater =
  ({ options }: Office) =>
  (error: unknown): Observable<unknown> =>
    isRetriable(error) ? timer(backOff(options), options.clock.scheduler) : throwError(() => error);

/** Our place is gone. While Redis must still have heard of us, and has not forgotten, somebody has taken it away. */
export function whyGone({ office }: Standing, { heard }: Seat, counter: bigint): 'evicted' | 'expired' {
  const forgotten = counter < office.known.token;
  const fresh = heard !== undefined && instant(office).now - heard.now < office.options.leaseMs;
  return fresh && !forgotten ? 'evicted' : 'expired';
}
