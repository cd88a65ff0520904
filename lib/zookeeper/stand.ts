/** From "I want to stand" to the cold stream that `candidacy.ts` makes hot. */
import { randomUUID } from 'node:crypto';
import {
  EMPTY,
  map,
  Observable,
  type Subscriber,
  Subscription,
  type SubscriptionLike,
  tap,
  type Unsubscribable,
} from 'rxjs';
import type { CampaignOptions, Stand } from '../election/election.js';
import { resigned } from '../election/leadership.js';
import { checkCampaign, type ResolvedElectionOptions } from '../election/options.js';
import { DataTooLargeError, InvalidOptionError } from '../errors.js';
import { campaign } from './election.js';
import { publish } from './enlist.js';
import { type Companion, Following } from './follow.js';
import { identityOf, namePrefix } from './line.js';
import type { Resolved } from './options.js';
import type { Profile } from './record.js';
import { roomFor } from './requests.js';
import type { Lender, Standing, ZooKeeperLeadership, ZooKeeperTerm } from './standing.js';
import type { Wire } from './wire.js';
import { withdraw } from './withdraw.js';

/** Room kept in every participant's data for a request to step down. */
const REQUEST_BYTES = 1024;

const nobody: Lender = { seated: () => undefined, unseated: () => EMPTY };

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
    profile: checkRoom(path, identity, { id, host: options.host, pid: process.pid, data }, options),
    options,
    election,
    session$,
    lender,
    attempted: false,
  };
  return (leave$) => new Observable((subscriber) => new Stay(subscriber, standing).until(leave$));
}

/** However it ends, but by a withdrawal that was answered, the place is left in the background (law 7). */
class Stay implements Companion, Unsubscribable {
  /** The campaign, or the wait of a follower; closed when it is over, and once we leave. */
  #busy: SubscriptionLike | undefined;

  constructor(
    private readonly subscriber: Subscriber<ZooKeeperLeadership>,
    private readonly standing: Standing,
  ) {}

  until(leave$: Observable<unknown>): void {
    this.subscriber.add(this);
    this.subscriber.add(leave$.subscribe(new Leaver(this)));
    this.goOn();
  }

  goOn(followed?: Following): void {
    this.#be(() => campaign(this.standing, followed).subscribe(this));
  }

  next(value: ZooKeeperLeadership | Following): void {
    if (value instanceof Following) this.#be(() => value.with(this));
    else this.subscriber.next(value);
  }

  error(error: unknown): void {
    this.subscriber.error(error);
  }

  /** The last resort: the goodbye first, since the next in line waits for it, and nobody for what ends here. */
  unsubscribe(): void {
    withdraw(this.standing).subscribe({ error: () => undefined });
    this.#stop();
  }

  leave(): void {
    const complete = () => {
      this.subscriber.remove(this);
      this.subscriber.complete();
    };
    const left$ = withdraw(this.standing).pipe(map(resigned), tap({ complete }));
    this.subscriber.add(left$.subscribe(this));
    this.#stop();
  }

  /** While one thing is begun another may be, or an end made. */
  #be(begin: () => SubscriptionLike): void {
    if (this.#busy === LEFT) return;
    const begun = begin();
    if (this.#busy === LEFT) begun.unsubscribe();
    else if (!begun.closed) this.#busy = begun;
  }

  #stop(): void {
    this.#busy?.unsubscribe();
    this.#busy = LEFT;
  }
}

const LEFT: SubscriptionLike = Subscription.EMPTY;

class Leaver {
  constructor(private readonly stay: Stay) {}

  next(): void {
    this.stay.leave();
  }
}

/** Data that does not fit into a request would only make the server close the connection, again and again. */
function checkRoom(
  path: string,
  identity: string,
  profile: Profile,
  { naming, chroot, leaseMs, acl }: Resolved,
): Profile {
  if (naming !== 'curator' && profile.data !== undefined)
    throw new InvalidOptionError(
      'data',
      '…',
      `cannot be published with naming '${naming}', where a candidate's data is its id`,
    );
  const znode = `${chroot}${path}/${namePrefix(naming, identity, leaseMs)}`;
  const bytes = publish(profile, naming).length;
  const limit = roomFor(znode, acl) - REQUEST_BYTES;
  if (bytes > limit) throw new DataTooLargeError(znode, bytes, limit);
  return profile;
}
