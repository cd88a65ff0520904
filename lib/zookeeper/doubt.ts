/**
 * Is what our server shows there at all? A server that has lost a transaction while it joined (ZOOKEEPER-4785, 5010) goes on
 * showing a znode that is gone everywhere else, and never says that it is. A write is decided by the ensemble's leader.
 */
import { catchError, EMPTY, exhaustMap, ignoreElements, interval, type Observable, of, take } from 'rxjs';
import type { Clock } from '../options.js';
import { isNoNode } from './errors.js';
import type { Timings } from './options.js';
import type { Requests } from './requests.js';

/** How long a server is believed, in session timeouts. */
const TRUST_TIMEOUTS = 10;

/** Emits once, and completes, when a write has found the znode missing. It asks every ten session timeouts, while there is a connection. */
export type Refute = (path: string) => Observable<unknown>;

export function doubt({ multi }: Pick<Requests, 'multi'>, timings: Timings, { scheduler }: Clock): Refute {
  const trustMs = TRUST_TIMEOUTS * timings.sessionTimeoutMs;
  const refuted = (error: unknown) => (isNoNode(error) ? of(error) : EMPTY);
  return (path) =>
    interval(trustMs, scheduler).pipe(
      exhaustMap(() => multi([{ op: 'check', path }]).pipe(ignoreElements(), catchError(refuted))),
      take(1),
    );
}
