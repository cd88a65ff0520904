/** A backend from a protocol: the port over machines that decide among themselves. */
import { defer, map, type Observable, of, ReplaySubject, share, takeUntil } from 'rxjs';
import { keepCandidacies } from '../election/candidacies.js';
import { candidacy } from '../election/candidacy.js';
import type { HasChannel } from '../election/channel.js';
import type { Backend, CampaignOptions, Election, ElectionOptions } from '../election/election.js';
import { checkCampaign, type ResolvedElectionOptions, resolveElectionOptions } from '../election/options.js';
import { statusOf } from '../election/status.js';
import { ClosedError, DataTooLargeError, InvalidOptionError, UnsupportedError } from '../errors.js';
import { checkText } from '../options.js';
import { networkChannel } from './channel.js';
import { evict, known, stepDown, watchLeader, watchParticipants } from './desk.js';
import { openOnce } from './house.js';
import { MAX_NAME } from './letters.js';
import type { Network } from './network.js';
import type { NodeOptions } from './node.js';
import type { Office } from './office.js';
import { statisticsOf, summaries, trimmed } from './overview.js';
import type { Protocol } from './protocol.js';
import { standIn } from './stand.js';
import type { Store } from './store.js';

export interface PeerBackendOptions extends NodeOptions {
  /** What every candidate of this node stands with: heavier ones come first. */
  readonly weight: number;
  /** For the data of all candidates of this node in one election together: it goes into one message. @default 262144 */
  readonly maxDataBytes?: number;
  /** Called once, at the first use. May throw. */
  readonly network: () => Network;
  /** Called once, before the network. May throw SavedStateError. */
  readonly store: () => Store;
}

/** Takes part from its first use until `close()`: also as a voter, for elections that nobody here stands in. */
export function peerBackend<S, M, R>(protocol: Protocol<S, M, R>, options: PeerBackendOptions): Backend & HasChannel {
  const { clock, logger } = options;
  const candidacies = keepCandidacies();
  const house = openOnce(protocol, options);
  const { node } = house;
  const election = <T>(given: string, chosen?: ElectionOptions<T>): Election<T> => {
    const name = checkName(given);
    const resolved = resolveElectionOptions(chosen);
    const desk = () => {
      const open = node();
      return { node: open, office: open.office(name), clock, logger, closed$: house.closed$ };
    };
    const watched = <V>(look: (at: ReturnType<typeof desk>) => Observable<V>) =>
      defer(() => (house.isOpen() ? look(desk()).pipe(takeUntil(house.closed$)) : of())).pipe(
        share({ connector: () => new ReplaySubject(1) }),
      );
    const seen = {
      name,
      leader$: watched((at) => watchLeader<T>(at)),
      participants$: watched((at) => watchParticipants<T>(at)),
    };
    return {
      ...seen,
      status: (asked) => statusOf<T>(seen, clock, asked, () => statisticsOf(desk().office.running.view, clock)),
      campaign: (who) => {
        if (!house.isOpen()) throw new ClosedError();
        if (protocol.mayNotStand !== undefined) throw new UnsupportedError(protocol.mayNotStand);
        const checked = checkCampaign(who);
        const { office } = desk();
        checkRoom(office, checked, options.maxDataBytes);
        const terms = { ...(resolved as ResolvedElectionOptions), clock, weight: options.weight };
        const stand = standIn(node(), office, checked, terms);
        return candidacies.add(candidacy<T>(checked.id, stand, { ...resolved, clock, logger }));
      },
      stepDown: async (asked) => stepDown<T>(desk(), asked),
      evict: async (id, asked) => evict<T>(desk(), id, asked),
    };
  };
  const close = () => house.close(candidacies.resign);
  return {
    guarantee: protocol.guarantee,
    connection$: house.connection$,
    election,
    channel: (name) => networkChannel(() => node().network, checkName(name), house.closed$),
    elections: (root) => defer(() => known(node()).pipe(map(() => summaries(node(), root)))),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Names are paths, as everywhere: with or without slashes around them they are the same. */
function checkName(name: string): string {
  const plain = trimmed(checkText('name', name));
  if (plain.length > 0 && plain.length <= MAX_NAME) return plain;
  throw new InvalidOptionError('name', name, `must have 1 to ${MAX_NAME} characters besides slashes around it`);
}

/** Throws DataTooLargeError, and InvalidOptionError for an id that is too long. */
function checkRoom({ election, roster }: Office, { id, data }: CampaignOptions, most = 1 << 18): void {
  if (id.length > MAX_NAME) throw new InvalidOptionError('id', id, `must have at most ${MAX_NAME} characters`);
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');
  const bytes = [...roster.now.own.candidates, { data }].reduce((sum, one) => sum + bytesOf(one.data), 0);
  if (bytes > most) throw new DataTooLargeError(election, bytes, most);
}
