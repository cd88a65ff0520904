/** From "I want to stand" to the cold stream that `candidacy.ts` makes hot. */
import { catchError, concat, defer, EMPTY, map, takeUntil, tap, throwError } from 'rxjs';
import type { CampaignOptions, Stand } from '../election/election.js';
import { resigned } from '../election/leadership.js';
import { checkCampaign, type ResolvedElectionOptions } from '../election/options.js';
import { DataTooLargeError } from '../errors.js';
import { campaign } from './election.js';
import { withdraw } from './leave.js';
import type { Office } from './office.js';
import type { Profile } from './reply.js';
import type { Standing } from './standing.js';

/** Everybody who looks at the line reads all of it. */
const MOST_BYTES = 256 * 1024;

/** Throws InvalidOptionError and DataTooLargeError. */
export function standIn(office: Office, who: CampaignOptions, election: ResolvedElectionOptions): Stand {
  const { id, data } = checkCampaign(who);
  const profile: Profile = { id, host: office.options.host, pid: process.pid, data };
  const published = JSON.stringify(profile);
  const bytes = Buffer.byteLength(published);
  if (bytes > MOST_BYTES) throw new DataTooLargeError(office.name, bytes, MOST_BYTES);
  const standing: Standing = { office, profile, published, election };
  const leaveInBackground = () =>
    withdraw(standing)
      .pipe(catchError(() => EMPTY))
      .subscribe();
  return (leave$) =>
    concat(campaign(standing).pipe(takeUntil(leave$)), defer(() => withdraw(standing)).pipe(map(resigned))).pipe(
      catchError((error) => {
        leaveInBackground();
        return throwError(() => error);
      }),
      tap({ unsubscribe: leaveInBackground }),
    );
}
