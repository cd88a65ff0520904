/**
 * An election inside one process: for tests, for examples, and for programs whose candidates are not processes.
 *
 * Backends that name the same space share their elections. There is no wire to lose and no lease to run out: a
 * leadership stands or has ended, and everybody sees the same line. That is why its guarantee is `fenced` although it
 * stores nothing: safe by inspection.
 */
import { BehaviorSubject, defer, filter, type Observable, of, takeUntil } from 'rxjs';
import { type Candidacies, keepCandidacies } from '../election/candidacies.js';
import { candidacy } from '../election/candidacy.js';
import type {
  Backend,
  CampaignOptions,
  Connection,
  Election,
  ElectionOptions,
  ElectionSummary,
} from '../election/election.js';
import type { Channel, HasChannel } from '../election/channel.js';
import { checkCampaign, type ResolvedElectionOptions, resolveElectionOptions } from '../election/options.js';
import { statusOf } from '../election/status.js';
import { ClosedError } from '../errors.js';
import { type Clock, checkText, type Logger, silent, systemClock, unfailing } from '../options.js';
import { evict, stepDown, type Watched, watchLeader, watchParticipants } from './election.js';
import { leaderOf, type Place } from './line.js';
import { type LineCell, openSpace, type Space } from './space.js';
import { standIn } from './stand.js';

export interface MemoryOptions {
  /** Backends of this process meet in the space they name. @default 'default' */
  readonly space?: string;
  /** @default the machine's clocks */
  readonly clock?: Clock;
  /** @default says nothing */
  readonly logger?: Logger;
}

/** It lends a channel as well, for heartbeats. */
export interface MemoryBackend extends Backend, HasChannel {}

/** A backend in this process. Throws InvalidOptionError. */
export function memory(options: MemoryOptions = {}): MemoryBackend {
  const { clock = systemClock } = options;
  const logger = unfailing(options.logger ?? silent);
  const space = openSpace(checkText('space', options.space ?? 'default'));
  const connection$ = new BehaviorSubject<Connection>('connected');
  const candidacies = keepCandidacies();
  let open = true;
  let closing: Promise<void> | undefined;
  const close = () => {
    open = false;
    closing ??= candidacies.resign().then(() => connection$.next('closed'));
    return closing;
  };
  const house: House = { space, clock, logger, candidacies, connection$, isOpen: () => open };
  return {
    guarantee: 'fenced',
    connection$: connection$.asObservable(),
    election: (name, given) => openElection(house, plain(checkText('name', name)), given),
    channel: (name) => untilClosed(space.channel(checkText('name', name)), house),
    elections: (root) => defer(() => of(summaries(space, root))),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What the elections of one backend share. */
interface House {
  readonly space: Space;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly candidacies: Candidacies;
  readonly connection$: Observable<Connection>;
  /** False from the moment it begins to close. */
  isOpen(): boolean;
}

function openElection<T>(house: House, name: string, given?: ElectionOptions<T>): Election<T> {
  const resolved = resolveElectionOptions(given);
  const { space, clock, logger } = house;
  const cell = space.line<T>(name);
  const untilClosed = <V>(value$: Observable<V>) => value$.pipe(takeUntil(closed(house)));
  const leader$ = untilClosed(watchLeader(cell));
  const watched: Watched<T> = { election: name, cell, leader$, clock, logger };
  const seen = { name, leader$, participants$: untilClosed(watchParticipants(cell)) };
  return {
    ...seen,
    campaign: (who) => campaign(house, watched.cell, who, resolved),
    async status(asked) {
      checkOpen(house);
      return statusOf<T>(seen, clock, asked, () => ({ ...noWire, elections: watched.cell.leaderships }));
    },
    async stepDown(asked) {
      checkOpen(house);
      return stepDown(watched, asked);
    },
    async evict(id, asked) {
      checkOpen(house);
      return evict(watched, id, asked);
    },
  };
}

/** There is no wire that could fall silent. */
const noWire = { heartbeatsSent: 0, heartbeatsReceived: 0 };

function campaign<T>(house: House, cell: LineCell<T>, who: CampaignOptions<T>, resolved: ResolvedElectionOptions<T>) {
  checkOpen(house);
  const { space, clock, logger, candidacies } = house;
  const { id, data } = checkCampaign(who);
  const nextPlace = (): Place<T> => {
    const order = space.nextOrder();
    const { prefer, preempt } = resolved;
    return { name: `place-${order}`, order, id, data, since: clock.wall(), prefer, preempt };
  };
  const options = { ...resolved, clock, logger };
  return candidacies.add(candidacy<T>(id, standIn(cell, nextPlace, options), options));
}

/** The channel as this backend sees it: it ends when the backend is closed. */
function untilClosed(channel: Channel, house: House): Channel {
  const closed$ = closed(house);
  return {
    publish: (id, message$, farewell) => channel.publish(id, message$.pipe(takeUntil(closed$)), farewell),
    heard$: channel.heard$.pipe(takeUntil(closed$)),
    hearing$: channel.hearing$.pipe(takeUntil(closed$)),
  };
}

function closed({ connection$ }: House): Observable<unknown> {
  return connection$.pipe(filter((connection) => connection === 'closed'));
}

function checkOpen({ isOpen }: House): void {
  if (!isOpen()) throw new ClosedError();
}

/** Names are paths, as everywhere: with or without slashes around them they are the same. */
function plain(name: string): string {
  return name.replace(/^\/+|\/+$/g, '');
}

/** Every election in the space that somebody stands in, in order of names. */
function summaries({ lines }: Space, root = ''): readonly ElectionSummary[] {
  const top = plain(root);
  const inside = (name: string) => top === '' || name === top || name.startsWith(`${top}/`);
  return [...lines]
    .filter(([name, { now }]) => inside(name) && now.places.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { now }]) => {
      const leader = leaderOf(now);
      return { name, leader: leader?.id, candidates: now.places.length, since: leader?.since, token: leader?.token };
    });
}
