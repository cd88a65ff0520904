/** `Election.status()`, for every backend: one look at its leader and its line, with a deadline. */
import { combineLatest, firstValueFrom, map, throwError, throwIfEmpty, timeout } from 'rxjs';
import { ClosedError, DeadlineError } from '../errors.js';
import { type Clock, checkDuration } from '../options.js';
import type { Election, ElectionStatistics, ElectionStatus, Leader, Participant, StatusOptions } from './election.js';

/** Of a backend that counts nothing. */
export const uncounted: ElectionStatistics = {
  elections: undefined,
  heartbeatsSent: undefined,
  heartbeatsReceived: undefined,
  lastHeardAt: undefined,
};

/** What a backend knows of an election already. */
export type Seen<T> = Pick<Election<T>, 'name' | 'leader$' | 'participants$'>;

/** `statistics` is asked when the answer is there. Rejects with DeadlineError, with ClosedError, or as the two observables do. */
export async function statusOf<T>(
  { name, leader$, participants$ }: Seen<T>,
  clock: Clock,
  { timeoutMs = 10_000 }: StatusOptions = {},
  statistics: () => Partial<ElectionStatistics> = () => ({}),
): Promise<ElectionStatus<T>> {
  checkDuration('timeoutMs', timeoutMs, 1);
  const late = () => throwError(() => new DeadlineError(`Reading the status of ${name}`, timeoutMs));
  const status$ = combineLatest([leader$, participants$]).pipe(
    timeout({ first: timeoutMs, scheduler: clock.scheduler, with: late }),
    throwIfEmpty(() => new ClosedError()),
    map(([leader, participants]) => ({
      name,
      state: stateOf(leader, participants),
      token: leader?.token,
      leader,
      participants,
      statistics: { ...uncounted, ...statistics() },
    })),
  );
  return firstValueFrom(status$);
}

/** In one word. */
export function stateOf(leader: Leader | undefined, participants: readonly Participant[]): ElectionStatus['state'] {
  if (leader) return 'led';
  return participants.length > 0 ? 'electing' : 'vacant';
}
