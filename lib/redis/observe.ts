/** Who leads and who stands, seen without standing. */
import {
  catchError,
  distinctUntilChanged,
  EMPTY,
  expand,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  retry,
  switchMap,
  takeUntil,
  throttleTime,
  throwError,
  timer,
} from 'rxjs';
import type { Leader, Participant } from '../election/election.js';
import { isRetriable } from '../errors.js';
import { orLater } from './leave.js';
import { type Office, picture } from './office.js';
import type { Held, Picture } from './reply.js';

/** A line that changes all the time is looked at no more often than this, in ms. */
const AT_MOST_EVERY_MS = 20;

export function leaderOf<T>(office: Office): Observable<Held<T> | undefined> {
  return pictures<T>(office, false).pipe(
    map(({ leader }) => leader),
    distinctUntilChanged((a, b) => a?.token === b?.token),
  );
}

export function participantsOf<T>(office: Office): Observable<readonly Participant<T>[]> {
  return pictures<T>(office, true).pipe(
    map(({ participants }) => participants),
    distinctUntilChanged((a, b) => seal(a) === seal(b)),
  );
}

/** What a port's reader gets to see: no place. */
export const bare = <T>({ id, token, since, data, foreign }: Held<T>): Leader<T> => ({
  id,
  token,
  since,
  data,
  foreign,
});

/** Data never changes while a place lasts. */
const seal = (line: readonly Participant[]) => line.map(({ name, role }) => `${name} ${role}`).join();

/**
 * How things stand: at each piece of news, when a lease would end, and every third of a lease, since nobody tells of the
 * dead. Goes on across reconnects; completes when the backend is closed.
 */
function pictures<T>(office: Office, wholeLine: boolean): Observable<Picture<T>> {
  const { wire, keys, options } = office;
  const { clock, renewMs } = options;
  const look$ = picture<T>(office, wholeLine);
  const seen$ = look$.pipe(retry({ delay: orLater(office) }));
  const dueMs = ({ leader, leaseLeftMs }: Picture) => (leader ? Math.min(renewMs, leaseLeftMs + 1) : renewMs);
  const again = (seen: Picture) => timer(dueMs(seen), clock.scheduler).pipe(switchMap(() => seen$));
  // No look gives up the one before it: with news more often than Redis answers nothing would ever be seen.
  const news$ = wire.news(keys.channel).pipe(
    throttleTime(AT_MOST_EVERY_MS, clock.scheduler, { leading: true, trailing: true }),
    mergeMap(() => look$.pipe(catchError(orLeaveIt))),
  );
  return merge(seen$, news$).pipe(
    switchMap((seen) => of(seen).pipe(expand(again))),
    takeUntil(wire.closed$),
  );
}

/** What time can cure is left to the next look. */
const orLeaveIt = (error: unknown) => (isRetriable(error) ? EMPTY : throwError(() => error));
