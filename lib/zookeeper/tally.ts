/** How often a backend gave and got signs of life: what `status()` tells of its wire. */
import { defer, type Observable, tap } from 'rxjs';
import type { ElectionStatistics } from '../election/election.js';
import type { Clock } from '../options.js';
import type { Requests } from './requests.js';

export interface Tally {
  /** The same requests; the kinds that signs of life are made of are counted, sent and answered. */
  counting(asked: Requests): Requests;
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
    counting: (asked) => ({
      ...asked,
      acl: counted(asked.acl),
      get: counted(asked.get),
      multi: counted(asked.multi),
    }),
    statistics: () => ({ heartbeatsSent, heartbeatsReceived, lastHeardAt }),
  };
}
