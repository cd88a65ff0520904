/**
 * Is what our server shows there at all? A server that has lost a transaction while it joined (ZOOKEEPER-4785, 5010) goes on
 * showing a znode that is gone everywhere else, and never says that it is. A write is decided by the ensemble's leader.
 */
import { interval, Observable, share } from 'rxjs';
import type { Clock } from '../options.js';
import { isNoNode } from './errors.js';
import type { Timings } from './options.js';
import type { Requests } from './requests.js';

/** How long a server is believed, in session timeouts. */
const TRUST_TIMEOUTS = 10;

/** Completes when a write has found the znode missing. It asks every ten session timeouts, while there is a connection. */
export type Refute = (path: string) => Observable<never>;

/** One clock for all who follow somebody in one session. */
export function doubt({ multi }: Pick<Requests, 'multi'>, timings: Timings, { scheduler }: Clock): Refute {
  const due$ = interval(TRUST_TIMEOUTS * timings.sessionTimeoutMs, scheduler).pipe(share());
  return (path) =>
    new Observable((subscriber) => {
      const failed = (error: unknown) => isNoNode(error) && subscriber.complete();
      const ask = () => subscriber.add(multi([{ op: 'check', path }]).subscribe({ error: failed }));
      subscriber.add(due$.subscribe(ask));
    });
}
