/** From "I want to stand" to the cold stream that `candidacy.ts` makes hot. */
import { randomUUID } from 'node:crypto';
import { map, Observable, type Subscriber, Subscription } from 'rxjs';
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
import type { Lender, Standing, ZooKeeperLeadership, ZooKeeperTerm } from './standing.js';
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
  return (leave$) => new Observable((subscriber) => standUntil(leave$, standing, subscriber));
}

/** However it ends, but by a withdrawal that was answered, the place is left in the background (law 7). */
function standUntil(
  leave$: Observable<unknown>,
  standing: Standing,
  subscriber: Subscriber<ZooKeeperLeadership>,
): void {
  const lastResort = new Subscription(() => withdraw(standing).subscribe({ error: () => undefined }));
  const campaigning = new Subscription();
  const next = (value: ZooKeeperLeadership) => subscriber.next(value);
  const error = (failure: unknown) => subscriber.error(failure);
  const complete = () => {
    subscriber.remove(lastResort);
    subscriber.complete();
  };
  // The goodbye first: the next in line waits for it, and nobody for what ends here.
  const leave = () => {
    subscriber.add(withdraw(standing).pipe(map(resigned)).subscribe({ next, error, complete }));
    campaigning.unsubscribe();
  };
  subscriber.add(lastResort);
  subscriber.add(campaigning);
  subscriber.add(leave$.subscribe(leave));
  if (!campaigning.closed) campaigning.add(campaign(standing).subscribe({ next, error }));
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
