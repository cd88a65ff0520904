/**
 * The recipe: take a place, be heard of, lead when it is our turn, and start over when the place is lost.
 *
 * A heartbeat is due when a third of the lease is over; sooner when the one ahead, or the holder of the lease, would
 * have to have been heard of by then; and at once when somebody says so in the channel.
 */
import {
  catchError,
  defer,
  expand,
  filter,
  ignoreElements,
  merge,
  type Observable,
  of,
  repeat,
  startWith,
  switchMap,
  takeWhile,
  throwError,
  timer,
} from 'rxjs';
import { candidate, follower } from '../election/leadership.js';
import { isRetriable } from '../errors.js';
import { type Told, turn } from './heartbeat.js';
import { hold } from './hold.js';
import { whyGone } from './leave.js';
import { backOff } from './options.js';
import { concerns } from './reply.js';
import { newSeat, type RedisLeadership, type Seat, type Standing } from './standing.js';

/** Stands until unsubscribed. Errors where trying again cannot help. */
export function campaign(standing: Standing): Observable<RedisLeadership> {
  const { options, wire, keys } = standing.office;
  const { clock, logger } = options;
  const suspended$ = (error: unknown) => {
    if (!isRetriable(error)) return throwError(() => error);
    logger.debug({ id: standing.profile.id, error }, 'redis: not heard');
    return of(candidate(standing.seat?.heard ? 'suspended' : 'joining'));
  };
  const again = () => timer(backOff(options), clock.scheduler);
  const standing$ = defer(() => {
    standing.seat ??= newSeat();
    return inPlace(standing, standing.seat);
  }).pipe(catchError(suspended$), repeat({ delay: again }));
  // Listens all the time: each part of the recipe hears what concerns it.
  return merge(standing$, wire.news(keys.channel).pipe(ignoreElements()));
}

/** From one heartbeat to the end of the leadership that it led to, or of the place. */
function inPlace(standing: Standing, seat: Seat): Observable<RedisLeadership> {
  const { wire, keys } = standing.office;
  // Both what wakes us and that we begin to listen: something may have been said before.
  const wake$ = wire.news(keys.channel).pipe(
    filter((message) => message === '' || concerns(message, 'wake', seat.name) || concerns(message, 'gone', seat.name)),
    startWith(''),
  );
  return wake$.pipe(
    // A heartbeat whose answer is not waited for is no loss: the next one asks for the same.
    switchMap(() => heartbeats(standing, seat)),
    takeWhile(({ is }) => is !== 'leader' && is !== 'gone', true),
    switchMap((told) => shown(standing, seat, told)),
  );
}

function heartbeats(standing: Standing, seat: Seat): Observable<Told> {
  const { clock, renewMs } = standing.office.options;
  const dueMs = (told: Told) => (told.is === 'waiting' ? Math.min(renewMs, told.dueMs + 1) : renewMs);
  return turn(standing, seat).pipe(
    expand((told) => timer(dueMs(told), clock.scheduler).pipe(switchMap(() => turn(standing, seat)))),
  );
}

function shown(standing: Standing, seat: Seat, told: Told): Observable<RedisLeadership> {
  if (told.is === 'leader') return hold(standing, seat, told);
  if (told.is === 'gone') {
    standing.seat = undefined;
    return of(candidate(whyGone(standing, seat, told.counter)));
  }
  return of(told.is === 'waiting' && told.ahead > 0 ? follower(told.ahead) : candidate('electing'));
}
