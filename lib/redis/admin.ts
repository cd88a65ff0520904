/** What an operator asks for: step down, evict. Promises, at the outer edge. */
import { filter, firstValueFrom, type Observable, take, throwError, throwIfEmpty, timeout } from 'rxjs';
import type { EvictOptions, Participant, StepDown, StepDownOptions } from '../election/election.js';
import { ClosedError, DeadlineError, LeaderChangedError, NoLeaderError, NoSuchParticipantError } from '../errors.js';
import { checkDuration } from '../options.js';
import { bare, leaderOf } from './observe.js';
import { type Office, picture } from './office.js';
import type { Held, Picture, Request } from './reply.js';
import { scripts } from './scripts.js';

/** Asks the leader by writing the request beside its lease; it drains, hands over, and stands again at the back. */
export async function stepDown<T>(office: Office, given: StepDownOptions = {}): Promise<StepDown<T>> {
  const { name, wire, keys, options } = office;
  const timeoutMs = checkDuration('timeoutMs', given.timeoutMs ?? 30_000, 1);
  const deadline = options.clock.now() + timeoutMs;
  const within = <V>(value$: Observable<V>, what: string) =>
    firstValueFrom(value$.pipe(take(1), bounded(office, deadline - options.clock.now(), what, timeoutMs)));

  const seen = await within(picture<T>(office, true), `Finding the leader of ${name}`);
  const before = checkLeader(office, seen, given);
  const nominee = given.to === undefined ? undefined : placeOf(office, seen, given.to);
  const request: Request = { nominee, reason: given.reason, by: given.by };
  options.logger.info({ election: name, leader: before.id, ...given }, 'redis: asking the leader to step down');
  const asked$ = wire.run(scripts.ask, keys, '', String(before.token), JSON.stringify(request), nominee ?? '');
  const [said] = await within(asked$, `Asking ${before.id} to step down`);
  if (said === 'missing') throw new NoSuchParticipantError(name, given.to ?? '');
  if (said !== 'asked') throw new NoLeaderError(name);
  const next$ = leaderOf<T>(office).pipe(
    filter((leader) => leader !== undefined),
    filter(({ token, id }) => token > before.token && (given.to === undefined || id === given.to)),
  );
  const after = await within(
    next$,
    given.to ? `Leadership of ${given.to} in ${name}` : `Another leadership of ${name}`,
  );
  return { before: bare(before), after: bare(after) };
}

function checkLeader<T>({ name }: Office, { leader }: Picture<T>, { expectLeader }: StepDownOptions): Held<T> {
  if (!leader) throw new NoLeaderError(name);
  if (expectLeader !== undefined && leader.id !== expectLeader) throw new LeaderChangedError(expectLeader, leader.id);
  return leader;
}

function placeOf({ name }: Office, { participants }: Picture, id: string): string {
  const found = participants.find((one) => one.id === id || one.name === id);
  if (!found) throw new NoSuchParticipantError(name, id);
  return found.name;
}

/** Removes every place that goes by this id, or by this name. */
export async function evict<T>(office: Office, id: string, given: EvictOptions = {}): Promise<Participant<T>> {
  const { name, wire, keys, options } = office;
  const limitMs = 2 * options.leaseMs;
  const bound = <V>(value$: Observable<V>) =>
    firstValueFrom(value$.pipe(bounded(office, limitMs, `Evicting ${id}`, limitMs)));
  const { participants } = await bound(picture<T>(office, true));
  const found = participants.filter((one) => one.id === id || one.name === id);
  if (!found[0]) throw new NoSuchParticipantError(name, id);
  options.logger.warn({ election: name, id, ...given }, 'redis: evicting');
  for (const place of found) await bound(wire.run(scripts.evict, keys, place.name));
  return found[0];
}

/** Errors with DeadlineError when the time is over before the first value, with ClosedError when the backend is. */
const bounded =
  ({ options }: Office, leftMs: number, what: string, afterMs: number) =>
  <V>(value$: Observable<V>): Observable<V> =>
    value$.pipe(
      timeout({
        first: Math.max(1, leftMs),
        scheduler: options.clock.scheduler,
        with: () => throwError(() => new DeadlineError(what, afterMs)),
      }),
      throwIfEmpty(() => new ClosedError()),
    );
