/** Leaving the line: the record says goodbye in the same write that removes our znode, so that nobody waits. */
import { catchError, defer, EMPTY, filter, map, merge, type Observable, of, retry, switchMap, take, tap } from 'rxjs';
import type { Resignation } from '../election/leadership.js';
import { again } from './again.js';
import { ifGone, orNothing, recover, vacated } from './enlist.js';
import { isBadVersion } from './errors.js';
import { encodeRecord } from './record.js';
import type { Op } from './requests.js';
import type { Session } from './session.js';
import type { Claim, Seat, Standing } from './standing.js';

/**
 * Ends our belief, then tells: `released` unless we were still waiting for somebody ourselves. Emits once; a znode that
 * is gone already is fine.
 */
export function goodbye(session: Session, seat: Seat, standing: Standing, nominee?: string): Observable<unknown> {
  return defer(() => {
    standing.term?.close();
    const claim = standing.claim?.seat === seat ? standing.claim : undefined;
    const remove: Op = { op: 'remove', path: seat.path };
    // With the version of the claim it ends: one that was held up on its way must not end a later claim of ours.
    const farewell = ({ clearAt, version, words }: Claim): Op => {
      const released = standing.options.clock.now() >= clearAt;
      const data =
        released && nominee === undefined ? words.goodbye : encodeRecord({ ...words.record, released, nominee });
      return { op: 'set', path: standing.path, data, version };
    };
    const silently = (error: unknown) => (isBadVersion(error) ? orNothing(session.multi([remove])) : ifGone(error));
    return session.multi(claim ? [farewell(claim), remove] : [remove]).pipe(
      catchError(silently),
      tap(() => vacated(standing)),
    );
  });
}

/**
 * Leaves for good: goes on across reconnects, finds what an unanswered create left behind, and ends when the store
 * knows (`released`) or the session took our place with it (`expired`). Emits once.
 */
export function withdraw(standing: Standing): Observable<Resignation> {
  const { attempted, session$ } = standing;
  if (!attempted) return of('released');
  const where = standing.seat?.session;
  if (!where)
    return session$.pipe(
      switchMap((session) => (session ? leave(session, standing) : EMPTY)),
      take(1),
    );
  const over$ = session$.pipe(
    filter((session) => session !== where),
    map(() => 'expired' as const),
  );
  return merge(leave(where, standing), over$).pipe(take(1));
}

function leave(session: Session, standing: Standing): Observable<Resignation> {
  const { seat } = standing;
  const left$ = seat
    ? goodbye(session, seat, standing)
    : recover(session, standing).pipe(switchMap((path) => (path ? orNothing(session.remove(path)) : of(undefined))));
  return left$.pipe(
    retry({ delay: again(session, standing.options) }),
    map(() => 'released' as const),
  );
}
