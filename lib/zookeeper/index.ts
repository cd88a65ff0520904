/** Elections decided by ZooKeeper. */
import { defer, distinctUntilChanged, type Observable, ReplaySubject, share } from 'rxjs';
import type { HasChannel } from '../election/channel.js';
import { keepCandidacies } from '../election/candidacies.js';
import { type CandidacyOptions, candidacy } from '../election/candidacy.js';
import type { Backend, CampaignOptions, Election, ElectionOptions } from '../election/election.js';
import type { Inspectable } from '../election/inspect.js';
import { type ResolvedElectionOptions, resolveElectionOptions } from '../election/options.js';
import { statusOf } from '../election/status.js';
import type { HasStore } from '../election/store.js';
import { ClosedError } from '../errors.js';
import { evict, once, stepDown } from './admin.js';
import { openChannel } from './channel.js';
import { electionsBelow } from './elections.js';
import { inspector } from './inspect.js';
import { lend } from './lend.js';
import { leaderOf, live, participantsOf } from './observe.js';
import { pathOf, resolveOptions, type ZooKeeperOptions } from './options.js';
import type { Session } from './session.js';
import { standIn } from './stand.js';
import type { Lender, ZooKeeperTerm } from './standing.js';
import { connectOnce } from './wire.js';

export type { Acl, Naming, ZooKeeperOptions } from './options.js';
export type { OpResult } from './requests.js';
export type { Transaction, ZooKeeperLeadership, ZooKeeperTerm } from './standing.js';

/** Elections on a ZooKeeper ensemble. All candidacies of one backend share one session. */
export interface ZooKeeperBackend extends Backend<ZooKeeperTerm>, Inspectable, HasStore, HasChannel {
  readonly guarantee: 'fenced';
}

/** What holds for all who stand in one election. */
type Conditions = ResolvedElectionOptions & CandidacyOptions;

/**
 * A backend on a ZooKeeper ensemble. Connects at the first use; throws InvalidOptionError. Its guarantee is `fenced`:
 * writes through `term.transaction()` are refused by the ensemble once the leadership is over.
 */
export function zookeeper(given: ZooKeeperOptions): ZooKeeperBackend {
  const options = resolveOptions(given);
  const { clock, logger } = options;
  const candidacies = keepCandidacies();
  const wire = connectOnce(options);
  let open = true;

  const election = <T>(name: string, chosen: ElectionOptions<T> = {}): Election<T, ZooKeeperTerm> => {
    const path = pathOf(name);
    const conditions = conditionsOf(chosen);
    const office = { name, path, session$: wire.session$, options };
    const shared = <V>(look: (session: Session) => Observable<V>, missing: V) =>
      defer(() => live(wire.session$, options, look, missing).pipe(distinctUntilChanged())).pipe(
        share({ connector: () => new ReplaySubject(1) }),
      );
    const seen = {
      name,
      leader$: shared((session) => leaderOf<T>(session, path), undefined),
      participants$: shared((session) => participantsOf<T>(session, path), []),
    };
    return {
      status: (asked) => statusOf<T>(seen, clock, asked, wire.statistics),
      stepDown: (asked) => stepDown<T>(office, asked),
      evict: (id, asked) => evict<T>(office, id, asked),
      campaign: (who) => campaign(path, who, conditions),
      ...seen,
    };
  };

  /** One object for all who stand in an election. */
  const conditionsOf = <T>(chosen?: ElectionOptions<T>): Conditions => {
    const resolved = resolveElectionOptions(chosen) as ResolvedElectionOptions;
    return Object.freeze({ ...resolved, clock, logger });
  };
  const campaign = <T>(path: string, who: CampaignOptions<T>, conditions: Conditions, lender?: Lender) => {
    if (!open) throw new ClosedError();
    const stand = standIn(path, who, conditions, wire, options, lender);
    return candidacies.add(candidacy<T, ZooKeeperTerm>(who.id, stand, conditions));
  };

  let closed: Promise<void> | undefined;
  const close = () => {
    open = false;
    closed ??= candidacies.resign().then(wire.close);
    return closed;
  };
  return {
    guarantee: 'fenced',
    connection$: wire.connection$,
    election,
    elections: (root = '/') =>
      once(wire.session$, (session) => electionsBelow(session, root === '/' ? root : pathOf(root))),
    channel: (name) => openChannel(wire.session$, pathOf(name), options),
    inspect: inspector(wire.session$, options),
    store: lend(wire, (name, who, chosen, lender) => campaign(pathOf(name), who, conditionsOf(chosen), lender)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
