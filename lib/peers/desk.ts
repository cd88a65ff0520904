/** What operators ask for: the question goes to the node on which the participant stands, and its answer is waited for. */
import { randomUUID } from 'node:crypto';
import {
  defer,
  distinctUntilChanged,
  filter,
  firstValueFrom,
  interval,
  map,
  merge,
  type Observable,
  race,
  type Subscription,
  skipWhile,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import type { EvictOptions, Participant, StepDown, StepDownOptions } from '../election/election.js';
import { ClosedError, DeadlineError, LeaderChangedError, NoLeaderError, NoSuchParticipantError } from '../errors.js';
import { type Clock, checkDuration, type Logger } from '../options.js';
import type { Ask } from './letters.js';
import type { NodeId } from './machine.js';
import type { Mail, PeerNode } from './node.js';
import type { Office } from './office.js';
import { claimOf, placesOf } from './roster.js';
import { leaderOf, participantsOf, type TokenLeader } from './succession.js';

/** A question is asked again this often, in ms: it or its answer may be lost. */
const ASK_AGAIN_MS = 250;
/** How long the node of an evicted participant may take to answer, in ms. */
const EVICT_MS = 5_000;

export interface Desk {
  readonly node: PeerNode;
  readonly office: Office;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Emits once the backend is closed. */
  readonly closed$: Observable<unknown>;
}

/** Emits who leads: once this node knows its peers. */
export function watchLeader<T>({
  node,
  office,
}: Pick<Desk, 'node' | 'office'>): Observable<TokenLeader<T> | undefined> {
  return known(node).pipe(
    switchMap(() => office.roster.value$),
    map((roster) => leaderOf<T>(roster)),
    distinctUntilChanged((a, b) => a?.token === b?.token && a?.id === b?.id),
  );
}

export function watchParticipants<T>({
  node,
  office,
}: Pick<Desk, 'node' | 'office'>): Observable<readonly Participant<T>[]> {
  return known(node).pipe(
    switchMap(() => office.roster.value$),
    map((roster) => participantsOf<T>(roster)),
  );
}

/** Emits once, when this node knows its peers as well as it can. */
export const known = (node: PeerNode): Observable<boolean> =>
  node.settled$.pipe(
    skipWhile((settled) => !settled),
    take(1),
  );

/** Asks the leader; it drains, hands over, and stands again at the back. */
export async function stepDown<T>(desk: Desk, given: StepDownOptions = {}): Promise<StepDown<T>> {
  const { office, clock, logger } = desk;
  const { to, reason, by } = given;
  const timeoutMs = checkDuration('timeoutMs', given.timeoutMs ?? 30_000, 1);
  const deadline = clock.now() + timeoutMs;
  const within = <V>(value$: Observable<V>, what: string) =>
    firstValueFrom(value$.pipe(bounded(desk, deadline - clock.now(), what, timeoutMs)));
  await within(known(desk.node), `Finding the leader of ${office.election}`);
  const before = checkLeader<T>(office, given);
  const claim = claimOf(office.roster.now)!;
  logger.info(
    { election: office.election, leader: before.id, to, reason, by },
    'peers: asking the leader to step down',
  );
  const request: Ask = { do: 'step down', name: claim.name, token: claim.token, to };
  const next$ = watchLeader<T>(desk).pipe(
    filter((leader) => leader !== undefined),
    filter(({ token, id }) => token > before.token && (to === undefined || id === to)),
  );
  // One that fell silent never answers, and is followed all the same.
  const found$ = race(ask(desk, claim.node, request), next$.pipe(map(() => true)));
  const found = await within(found$, `Asking ${before.id} on ${claim.node} to step down`);
  if (!found) throw new NoLeaderError(office.election);
  const after = await within(next$, to ? `Leadership of ${to} in ${office.election}` : 'The next leadership');
  return { before, after };
}

/** Who leads now, if the step-down may go ahead. */
function checkLeader<T>({ roster, election }: Office, { expectLeader, to }: StepDownOptions): TokenLeader<T> {
  const leader = leaderOf<T>(roster.now);
  if (!leader) throw new NoLeaderError(election);
  if (expectLeader !== undefined && leader.id !== expectLeader) throw new LeaderChangedError(expectLeader, leader.id);
  if (to !== undefined && !placesOf(roster.now).some(({ id, name }) => id === to || name === to))
    throw new NoSuchParticipantError(election, to);
  return leader;
}

/** Removes every place that goes by this id, or by this name. */
export async function evict<T>(desk: Desk, id: string, options: EvictOptions = {}): Promise<Participant<T>> {
  const { office, logger, node } = desk;
  const bound = <V>(value$: Observable<V>) =>
    firstValueFrom(value$.pipe(bounded(desk, EVICT_MS, `Evicting ${id}`, EVICT_MS)));
  await bound(known(node));
  const found = participantsOf<T>(office.roster.now).filter((one) => one.id === id || one.name === id);
  if (!found[0]) throw new NoSuchParticipantError(office.election, id);
  logger.warn({ election: office.election, id, ...options }, 'peers: evicting');
  for (const place of placesOf(office.roster.now).filter(({ name }) => found.some((one) => one.name === name)))
    await bound(ask(desk, place.node, { do: 'evict', name: place.name }));
  return found[0];
}

/** Emits the answer and completes. */
function ask({ node, office, clock }: Desk, to: NodeId, request: Ask): Observable<boolean> {
  return defer(() => {
    const id = randomUUID();
    const asking$ = interval(ASK_AGAIN_MS, clock.scheduler).pipe(
      startWith(0),
      tap(() => node.post(to, { type: 'ask', election: office.election, id, ask: request })),
    );
    const answer$ = node.mail$.pipe(
      map(({ from, letter }) =>
        from === to && letter.type === 'answer' && letter.id === id ? letter.found : undefined,
      ),
    );
    return merge(answer$, asking$.pipe(map(() => undefined))).pipe(
      filter((found) => found !== undefined),
      take(1),
    );
  });
}

/** Answers what others ask of this node. */
export function serve(node: PeerNode): Subscription {
  return node.mail$.subscribe(({ from, letter }: Mail) => {
    if (letter.type !== 'ask') return;
    const office = node.offices.get(letter.election);
    const found = office !== undefined && obey(office, letter.ask);
    node.post(from, { type: 'answer', id: letter.id, found });
  });
}

/** True if there was somebody to do it to. What was done before is not done twice. */
function obey({ roster, asked, leave }: Office, request: Ask): boolean {
  const { candidates, claim } = roster.now.own;
  if (request.do === 'evict') {
    const found = candidates.some(({ name }) => name === request.name);
    leave(request.name);
    return found;
  }
  const { token, to } = request;
  if (claim?.token !== token) return asked.now?.token === token;
  asked.update((before) => (before?.token === token ? before : { token, to }));
  return true;
}

/** Errors with DeadlineError when the time is over before the first value, with ClosedError when the backend is. */
const bounded =
  ({ clock, closed$ }: Desk, leftMs: number, what: string, afterMs: number) =>
  <V>(value$: Observable<V>): Observable<V> =>
    value$.pipe(
      takeUntil(closed$),
      timeout({
        first: Math.max(1, leftMs),
        scheduler: clock.scheduler,
        with: () => throwError(() => new DeadlineError(what, afterMs)),
      }),
      throwIfEmpty(() => new ClosedError()),
    );
