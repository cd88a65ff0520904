/** From "I want to stand" to the cold stream that `candidacy.ts` makes hot. */
import { randomUUID } from 'node:crypto';
import { catchError, EMPTY, map, merge, switchMap, take, takeUntil, tap } from 'rxjs';
import type { CampaignOptions, Stand } from '../election/election.js';
import { resigned } from '../election/leadership.js';
import { checkCampaign, type ResolvedElectionOptions } from '../election/options.js';
import { DataTooLargeError, InvalidOptionError } from '../errors.js';
import { campaign } from './election.js';
import { publish } from './enlist.js';
import { identityOf, namePrefix } from './line.js';
import type { Resolved } from './options.js';
import type { Profile } from './record.js';
import { roomFor } from './requests.js';
import type { Lender, Standing, ZooKeeperTerm } from './standing.js';
import type { Wire } from './wire.js';
import { withdraw } from './withdraw.js';

/** Room kept in every participant's data for a request to step down. */
const REQUEST_BYTES = 1024;

const nobody: Lender = { seated: () => undefined, unseated: ({ lost$ }) => lost$ };

/** Throws InvalidOptionError and DataTooLargeError. */
export function standIn(
  path: string,
  who: CampaignOptions,
  election: ResolvedElectionOptions,
  { session$ }: Wire,
  options: Resolved,
  lender: Lender = nobody,
  identity = identityOf(randomUUID()),
): Stand<ZooKeeperTerm> {
  const { id, data } = checkCampaign(who);
  const standing: Standing = {
    path,
    identity,
    profile: checkRoom(path, { id, host: options.host, pid: process.pid, data }, options),
    options,
    election,
    session$,
    lender,
    attempted: false,
    passed: new Set(),
  };
  const leaveInBackground = () =>
    withdraw(standing)
      .pipe(catchError(() => EMPTY))
      .subscribe();
  // The goodbye first: the next in line waits for it, and nobody for what ends here.
  return (leave$) => {
    const withdrawn$ = leave$.pipe(
      take(1),
      switchMap(() => withdraw(standing)),
    );
    return merge(withdrawn$.pipe(map(resigned)), campaign(standing).pipe(takeUntil(leave$))).pipe(
      tap({ error: leaveInBackground, unsubscribe: leaveInBackground }),
    );
  };
}

/** Data that does not fit into a request would only make the server close the connection, again and again. */
function checkRoom(path: string, profile: Profile, { naming, chroot, leaseMs, acl }: Resolved): Profile {
  if (naming !== 'curator' && profile.data !== undefined)
    throw new InvalidOptionError(
      'data',
      '…',
      `cannot be published with naming '${naming}', where a candidate's data is its id`,
    );
  const znode = `${chroot}${path}/${namePrefix(naming, identityOf(randomUUID()), leaseMs)}`;
  const bytes = publish(profile, naming).length;
  const limit = roomFor(znode, acl) - REQUEST_BYTES;
  if (bytes > limit) throw new DataTooLargeError(znode, bytes, limit);
  return profile;
}
