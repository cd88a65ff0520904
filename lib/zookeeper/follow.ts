/**
 * Following the one directly ahead, and nobody else.
 *
 * When it goes, the record tells who is left of the line we know: whoever claimed last was first then, so everybody
 * before it has gone. That is one small read, whatever the length of the line; nobody asks for one missing name after
 * another. Where the record cannot help (participants of other libraries lead without one) the next is asked for by
 * name, each name once.
 */
import { concat, defer, EMPTY, ignoreElements, map, type Observable, of, repeat, takeWhile, tap } from 'rxjs';
import { follower } from '../election/leadership.js';
import type { Place } from './line.js';
import { decodeRecord } from './record.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { ZooKeeperLeadership } from './standing.js';

/** Follows the nearest of those ahead until it goes, then the nearest that is left. Completes when nobody is. */
export function follow(session: Session, path: string, ahead: readonly Place[]): Observable<ZooKeeperLeadership> {
  return defer(() => {
    let left = ahead;
    const nearest$ = defer(() => {
      const [nearest, ...beyond] = left;
      let found = false;
      const followed$ = watchPlace(session, path, nearest!).pipe(
        tap(() => (found = true)),
        map(() => follower(left.length)),
      );
      const left$ = defer(() => (found ? stillAhead(session, path, nearest!, beyond) : of(beyond)));
      const known$ = left$.pipe(
        tap((now) => (left = now)),
        ignoreElements(),
      );
      return concat(followed$, known$);
    });
    return left.length === 0 ? EMPTY : nearest$.pipe(repeat({ delay: () => (left.length === 0 ? EMPTY : of(true)) }));
  });
}

/** Ends when the place is gone; also when somebody stands there who came back under its name. */
const watchPlace = (session: Session, path: string, { name, born }: Place): Observable<Znode> =>
  session.watch(`${path}/${name}`).pipe(takeWhile(({ czxid }) => born === undefined || born === czxid));

/**
 * Who can be left of those further ahead: whoever claimed last, and those behind it. A holder that we do not know by name
 * says nothing: the record may have been written by anybody.
 */
function stillAhead(
  session: Session,
  path: string,
  nearest: Place,
  beyond: readonly Place[],
): Observable<readonly Place[]> {
  if (beyond.length === 0 || nearest.born !== undefined) return of(beyond);
  return session.get(path).pipe(
    map(({ data }) => {
      const holder = decodeRecord(data)?.holder;
      const first = [nearest, ...beyond].findIndex(({ name }) => name === holder);
      return first < 0 ? beyond : beyond.slice(0, first);
    }),
  );
}
