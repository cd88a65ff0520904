/** What an operator asks for: step down, evict. Promises, at the outer edge. */
import {
  defaultIfEmpty,
  filter,
  firstValueFrom,
  map,
  type Observable,
  switchMap,
  take,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import type { EvictOptions, Participant, StepDown, StepDownOptions } from '../election/election.js';
import {
  ClosedError,
  DeadlineError,
  LeaderChangedError,
  NoLeaderError,
  NoSuchParticipantError,
  UnsupportedError,
} from '../errors.js';
import { checkDuration } from '../options.js';
import { isNoNode } from './errors.js';
import { identityIn } from './line.js';
import { leaderOf, live, participantsOf, type Seen, type Standee, standees } from './observe.js';
import type { Resolved } from './options.js';
import { decodeProfile, encodeProfile } from './record.js';
import type { Session } from './session.js';
import { ordered } from './survey.js';

interface Office {
  readonly name: string;
  readonly path: string;
  readonly session$: Observable<Session | undefined>;
  readonly options: Resolved;
}

/** Asks the leader by writing the request into its znode; it drains, hands over, and stands again at the back. */
export async function stepDown<T>(office: Office, given: StepDownOptions = {}): Promise<StepDown<T>> {
  const { path, session$, options, name } = office;
  const timeoutMs = checkDuration('timeoutMs', given.timeoutMs ?? 30_000, 1);
  const deadline = options.clock.now() + timeoutMs;
  const leader$ = live(session$, options, (session) => leaderOf<T>(session, path), undefined);
  const within = <V>(value$: Observable<V>, what: string) =>
    firstValueFrom(value$.pipe(take(1), bounded(deadline - options.clock.now(), what, timeoutMs)));

  const before = checkLeader(await within(leader$, `Finding the leader of ${name}`), name, given);
  const to =
    given.to === undefined
      ? undefined
      : identityIn((await within(find(office, given.to), `Finding ${given.to}`))[0]!.place.name);
  await within(mayAsk(office, before), `Looking who is behind ${before.id}`);
  const request = { to, reason: given.reason, by: given.by };
  await within(ask(session$, before, request), `Asking ${before.id} to step down`).catch((error) => {
    throw isNoNode(error) ? new NoLeaderError(name) : error;
  });
  const next$ = leader$.pipe(
    filter((leader) => leader !== undefined),
    filter(({ token, id }) => token !== before.token && (given.to === undefined || id === given.to)),
  );
  const after = await within(
    next$,
    given.to ? `Leadership of ${given.to} in ${name}` : `Another leadership of ${name}`,
  );
  return { before: bare(before), after: bare(after) };
}

function checkLeader<T>(leader: Seen<T> | undefined, election: string, { expectLeader }: StepDownOptions): Seen<T> {
  if (!leader) throw new NoLeaderError(election);
  if (expectLeader !== undefined && leader.id !== expectLeader) throw new LeaderChangedError(expectLeader, leader.id);
  if (leader.foreign)
    throw new UnsupportedError(
      `${leader.id} belongs to another library, which takes no requests: ask its own service, or evict it.`,
    );
  return leader;
}

/**
 * A LeaderLatch of Curator that stands right behind uses up its watch on the change that asks the leader to go, and does
 * not watch again: it would never hear of the hand-over (measured with 5.4.0). So such a leader is not asked.
 */
function mayAsk({ session$, path }: Office, { name, id }: Seen): Observable<unknown> {
  return once(session$, (session) => ordered(session, path)).pipe(
    map((line) => line[line.findIndex((place) => place.name === name) + 1]),
    map((behind) => {
      if (behind?.leaseMs === undefined && behind?.name.includes('-latch-'))
        throw new UnsupportedError(
          `A LeaderLatch of Curator stands right behind ${id} and would miss the hand-over: resign in ${id} itself, or evict it.`,
        );
    }),
  );
}

const ask = (session$: Observable<Session | undefined>, { path }: Seen, stepDown: object): Observable<unknown> =>
  once(session$, (session) =>
    session
      .get(path)
      .pipe(
        switchMap(({ data, version }) =>
          session.set(path, encodeProfile({ ...decodeProfile(data), stepDown }), version),
        ),
      ),
  );

/** Removes every place that goes by this id, or by this name. */
export async function evict<T>(office: Office, id: string, given: EvictOptions = {}): Promise<Participant<T>> {
  const { session$, options } = office;
  const limitMs = 3 * options.sessionTimeoutMs;
  const bound = <V>(value$: Observable<V>) => firstValueFrom(value$.pipe(bounded(limitMs, `Evicting ${id}`, limitMs)));
  const line$ = once(session$, (session) => participantsOf<T>(session, office.path).pipe(take(1), defaultIfEmpty([])));
  const found = (await bound(line$)).filter((one) => one.id === id || one.name === id);
  if (!found[0]) throw new NoSuchParticipantError(office.name, id);
  options.logger.warn({ election: office.name, id, ...given }, 'zookeeper: evicting');
  for (const { name } of found) {
    await bound(once(session$, (session) => session.remove(`${office.path}/${name}`))).catch((error) => {
      if (!isNoNode(error)) throw error;
    });
  }
  return found[0];
}

/** Those who stand by this id, or by this name. Errors with NoSuchParticipantError. */
function find({ session$, path, name }: Office, id: string): Observable<readonly Standee[]> {
  return once(session$, (session) => standees(session, path)).pipe(
    map((line) => line.filter(({ profile, place }) => profile.id === id || place.name === id)),
    map((line) => {
      if (line.length === 0) throw new NoSuchParticipantError(name, id);
      return line;
    }),
  );
}

/** Runs one request in the first session whose wire is up. */
export const once = <V>(
  session$: Observable<Session | undefined>,
  request: (session: Session) => Observable<V>,
): Observable<V> =>
  session$.pipe(
    filter((session) => session !== undefined),
    take(1),
    switchMap((session) => session.connected$.pipe(switchMap(() => request(session)))),
  );

/** Errors with DeadlineError when the time is over before the first value, with ClosedError when the backend is. */
const bounded =
  (leftMs: number, what: string, afterMs: number) =>
  <V>(value$: Observable<V>): Observable<V> =>
    value$.pipe(
      timeout({ first: Math.max(1, leftMs), with: () => throwError(() => new DeadlineError(what, afterMs)) }),
      throwIfEmpty(() => new ClosedError()),
    );

function bare<T>({ id, token, since, data, foreign }: Seen<T>) {
  return { id, token, since, data, foreign };
}
