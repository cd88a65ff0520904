/**
 * Elections decided by one Redis, or one cluster: a lease, a line in order of arrival, and a fencing token.
 *
 * What its guarantee, `lease`, rests on: clocks whose rates are within `clockDrift`, a Redis whose wall clock is not set
 * forward, and a Redis that keeps what it said. A failover to a replica that had not heard of the lease breaks the last
 * of them while the old master still answers somebody: then only the token, checked by what is written to, protects.
 */
import { defer, forkJoin, map, type Observable, of, ReplaySubject, share, switchMap, take } from 'rxjs';
import { keepCandidacies } from '../election/candidacies.js';
import { candidacy } from '../election/candidacy.js';
import type { HasChannel } from '../election/channel.js';
import type {
  Backend,
  Candidacy,
  CampaignOptions,
  Election,
  ElectionOptions,
  ElectionSummary,
} from '../election/election.js';
import { type ResolvedElectionOptions, resolveElectionOptions } from '../election/options.js';
import { statusOf } from '../election/status.js';
import { ClosedError } from '../errors.js';
import { checkText } from '../options.js';
import { evict, stepDown } from './admin.js';
import { openChannel } from './channel.js';
import { keysOf, plain, registryOf } from './keys.js';
import { bare, leaderOf, participantsOf } from './observe.js';
import { nothingKnown, type Office, picture, statisticsOf } from './office.js';
import { type RedisOptions, type Resolved, resolveOptions } from './options.js';
import { standIn } from './stand.js';
import { connectOnce, type Wire } from './wire.js';

export type { RedisClient } from './client.js';
export type { IoredisClient } from './ioredis.js';
export type { NodeRedisClient } from './node-redis.js';
export type { RedisOptions } from './options.js';

/**
 * A backend on Redis 5 or later: with a connected `client` of `redis` or `ioredis`, or by `url`. Connects at the first
 * use; throws InvalidOptionError, also for a client that would keep commands while it is offline.
 */
export function redis(given: RedisOptions): Backend & HasChannel {
  const options = resolveOptions(given);
  const wire = connectOnce(options);
  const candidacies = keepCandidacies();
  let open = true;
  let closed: Promise<void> | undefined;
  const campaign = <T>(office: Office, who: CampaignOptions<T>, chosen: ResolvedElectionOptions): Candidacy<T> => {
    if (!open) throw new ClosedError();
    const { clock, logger } = options;
    return candidacies.add(candidacy<T>(who.id, standIn(office, who, chosen), { ...chosen, clock, logger }));
  };
  const close = () => {
    open = false;
    closed ??= candidacies.resign().then(wire.close);
    return closed;
  };
  return {
    guarantee: 'lease',
    connection$: wire.connection$,
    election: (name, chosen) => openElection(officeOf(name, wire, options), campaign, chosen),
    channel: (name) => openChannel(wire, options, plain(checkText('name', name))),
    elections: (root) => defer(() => electionsBelow(wire, options, root)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function officeOf(name: string, wire: Wire, options: Resolved): Office {
  const path = plain(checkText('name', name));
  return { name: path, keys: keysOf(options.prefix, path), wire, options, known: nothingKnown() };
}

function openElection<T>(
  office: Office,
  campaign: (office: Office, who: CampaignOptions<T>, chosen: ResolvedElectionOptions) => Candidacy<T>,
  chosen: ElectionOptions<T> = {},
): Election<T> {
  const resolved = resolveElectionOptions(chosen) as ResolvedElectionOptions;
  const shared = <V>(value$: Observable<V>) => value$.pipe(share({ connector: () => new ReplaySubject(1) }));
  const leader$ = shared(leaderOf<T>(office).pipe(map((leader) => leader && bare(leader))));
  const seen = { name: office.name, leader$, participants$: shared(participantsOf<T>(office)) };
  return {
    ...seen,
    status: (asked) => statusOf<T>(seen, office.options.clock, asked, () => statisticsOf(office)),
    stepDown: (asked) => stepDown<T>(office, asked),
    evict: (id, asked) => evict<T>(office, id, asked),
    campaign: (who) => campaign(office, who, resolved),
  };
}

/** Every election in the register that somebody stands in, in order of names. */
function electionsBelow(wire: Wire, options: Resolved, root = ''): Observable<readonly ElectionSummary[]> {
  const top = plain(root);
  const inside = (name: string) => top === '' || name === top || name.startsWith(`${top}/`);
  return wire.command(registryOf(options.prefix), 'SMEMBERS', registryOf(options.prefix)).pipe(
    map((names) => (names as unknown[]).map(String).filter(inside).sort()),
    switchMap((names) =>
      names.length === 0 ? of([]) : forkJoin(names.map((name) => summary(officeOf(name, wire, options)))),
    ),
    map((found) => found.filter(({ candidates }) => candidates > 0)),
  );
}

function summary(office: Office): Observable<ElectionSummary> {
  return picture(office, false).pipe(
    take(1),
    map(({ leader, candidates }) => ({
      name: office.name,
      leader: leader?.id,
      candidates,
      since: leader?.since,
      token: leader?.token,
    })),
  );
}
