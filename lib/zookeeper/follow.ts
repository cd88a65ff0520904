/**
 * Following those ahead, without a listing per hand-over and without asking for anybody who is long gone.
 *
 * Whoever goes is watched by two: the next in line, who must know at once, and the one after that, who uses the time
 * until its own turn to find out whether anybody is left besides the one it follows. So when that one goes, the next
 * step is the claim.
 */
import {
  concat,
  defer,
  EMPTY,
  endWith,
  expand,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  repeat,
  takeWhile,
  tap,
} from 'rxjs';
import { follower } from '../election/leadership.js';
import { aheadOf, type Place, since } from './line.js';
import { decodeRecord } from './record.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { Seat, Standing, ZooKeeperLeadership } from './standing.js';
import { ordered } from './survey.js';

/** Follows the nearest of those ahead until it goes, then the next that is left. Completes when nobody is. */
export function follow(
  session: Session,
  seat: Seat,
  { path }: Standing,
  ahead: readonly Place[],
): Observable<ZooKeeperLeadership> {
  return defer(() => {
    let left = ahead;
    const nearest$ = defer(() => {
      const [nearest, ...beyond] = left;
      let found = false;
      left = beyond;
      const there$ = watchPlace(session, path, nearest!).pipe(
        map(() => follower(left.length + 1)),
        tap(() => (found = true)),
        endWith(undefined),
      );
      const scout$ = scout(session, path, beyond).pipe(
        tap((known) => (left = known)),
        ignoreElements(),
      );
      const again$ = lookAgain(session, seat, path).pipe(
        tap((now) => (left = now)),
        ignoreElements(),
      );
      return concat(
        merge(there$, scout$).pipe(takeWhile((value) => value !== undefined)),
        defer(() => (found ? EMPTY : again$)),
      );
    });
    return left.length === 0 ? EMPTY : nearest$.pipe(repeat({ delay: () => (left.length === 0 ? EMPTY : of(true)) }));
  });
}

/** Ends when the place is gone; also when somebody stands there who came back under its name. */
const watchPlace = (session: Session, path: string, { name, born }: Place): Observable<Znode> =>
  session.watch(`${path}/${name}`).pipe(takeWhile(({ czxid }) => born === undefined || born === czxid));

/** What is left of the line, whenever it is known to be less. Whoever claimed last was first then: one small read tells. */
function scout(session: Session, path: string, line: readonly Place[]): Observable<readonly Place[]> {
  const record$ = session.get(path).pipe(map(({ data }) => decodeRecord(data)));
  const without = ([first, ...rest]: readonly Place[]): Observable<readonly Place[]> => {
    if (!first) return EMPTY;
    const gone$ = watchPlace(session, path, first).pipe(ignoreElements());
    return concat(gone$, rest.length === 0 ? of([]) : record$.pipe(map((record) => since(record?.holder, rest))));
  };
  return of(line).pipe(expand(without));
}

/** What we know is old: one listing instead of asking for one missing name after another. */
function lookAgain(session: Session, { name }: Seat, path: string): Observable<readonly Place[]> {
  return ordered(session, path).pipe(map((line) => aheadOf(name, line) ?? []));
}
