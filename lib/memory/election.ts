import {
  distinctUntilChanged,
  filter,
  firstValueFrom,
  map,
  type Observable,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import type { EvictOptions, Participant, StepDown, StepDownOptions } from '../election/election.js';
import { ClosedError, DeadlineError, LeaderChangedError, NoLeaderError, NoSuchParticipantError } from '../errors.js';
import { type Clock, checkDuration, type Logger } from '../options.js';
import { ask, leaderOf, leave, participantsOf, type TokenLeader } from './line.js';
import type { LineCell } from './space.js';

/** One election's line, seen and moved from outside it. `leader$` completes when the backend is closed. */
export interface Watched<T> {
  readonly leader$: Observable<TokenLeader<T> | undefined>;
  readonly election: string;
  readonly cell: LineCell<T>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function watchLeader<T>(cell: LineCell<T>): Observable<TokenLeader<T> | undefined> {
  return cell.line$.pipe(
    map(leaderOf),
    distinctUntilChanged((a, b) => a?.token === b?.token),
  );
}

export function watchParticipants<T>(cell: LineCell<T>): Observable<readonly Participant<T>[]> {
  return cell.line$.pipe(map(participantsOf));
}

export async function stepDown<T>(watched: Watched<T>, options: StepDownOptions = {}): Promise<StepDown<T>> {
  const { cell, leader$, clock, logger, election } = watched;
  const { to, reason, by, timeoutMs = 30_000 } = options;
  checkDuration('timeoutMs', timeoutMs);
  const before = checkLeader(watched, options);
  logger.info({ election, leader: before.id, to, reason, by }, 'asking the leader to step down');
  cell.update((line) => ask(line, to), clock.wall());
  const after$ = leader$.pipe(
    filter((leader) => leader !== undefined),
    filter(({ token, id }) => token > before.token && (to === undefined || id === to)),
    timeout({ first: timeoutMs, scheduler: clock.scheduler, with: () => throwError(() => late(timeoutMs)) }),
    throwIfEmpty(() => new ClosedError()),
  );
  return { before, after: await firstValueFrom(after$) };
}

/** Who leads now, if the step-down may go ahead. */
function checkLeader<T>({ cell, election }: Watched<T>, { expectLeader, to }: StepDownOptions) {
  const leader = leaderOf(cell.now);
  if (!leader) throw new NoLeaderError(election);
  if (expectLeader !== undefined && leader.id !== expectLeader) throw new LeaderChangedError(expectLeader, leader.id);
  if (to !== undefined && !cell.now.places.some(({ id }) => id === to)) throw new NoSuchParticipantError(election, to);
  return leader;
}

const late = (timeoutMs: number) => new DeadlineError('The next leadership', timeoutMs);

/** Removes every place that goes by this id, or by this name. */
export async function evict<T>(watched: Watched<T>, id: string, options: EvictOptions = {}): Promise<Participant<T>> {
  const { cell, clock, logger, election } = watched;
  const found = participantsOf(cell.now).filter((one) => one.id === id || one.name === id);
  if (!found[0]) throw new NoSuchParticipantError(election, id);
  logger.warn({ election, id, ...options }, 'evicting');
  cell.update((line) => found.reduce((left, { name }) => leave(left, name), line), clock.wall());
  return found[0];
}
