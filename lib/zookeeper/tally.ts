/** How often a backend gave and got signs of life: what `status()` tells of its wire. */
import { defer, type Observable, tap } from 'rxjs';
import type { ElectionStatistics } from '../election/election.js';
import type { Clock } from '../options.js';
import type { Requests } from './requests.js';

type Signs = Pick<Requests, 'acl' | 'get' | 'multi'>;

export interface Tally {
  /** The requests that signs of life are made of, counted: sent and answered. */
  counting(asked: Signs): Signs;
  statistics(): Partial<ElectionStatistics>;
}

/** For all sessions of one backend. */
export function newTally({ wall }: Clock): Tally {
  let [heartbeatsSent, heartbeatsReceived] = [0, 0];
  let lastHeardAt: number | undefined;
  const answered = () => {
    heartbeatsReceived += 1;
    lastHeardAt = wall();
  };
  const counted =
    <A extends unknown[], V>(request: (...args: A) => Observable<V>) =>
    (...args: A): Observable<V> =>
      defer(() => {
        heartbeatsSent += 1;
        return request(...args).pipe(tap({ next: answered }));
      });
  return {
    counting: ({ acl, get, multi }) => ({ acl: counted(acl), get: counted(get), multi: counted(multi) }),
    statistics: () => ({ heartbeatsSent, heartbeatsReceived, lastHeardAt }),
  };
}
