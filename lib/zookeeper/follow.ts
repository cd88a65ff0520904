/**
 * Following the one directly ahead, and nobody else.
 *
 * Who is left of the line we know, the record tells: whoever claimed last was first then, so everybody before it has
 * gone. It is read in the time of the session's heartbeats, so that usually the one ahead is known to be the last, and
 * when it goes nothing is left to ask. After a quicker succession the record is read once more when it goes. Where the
 * record cannot help (participants of other libraries lead without one) the next is asked for by name, each name once.
 */
import {
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
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
import { type Ahead, howMany, isUncertain, sinceClaimOf, withoutNearest } from './line.js';
import { decodeRecord } from './record.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { ZooKeeperLeadership } from './standing.js';

/**
 * Follows the nearest of those ahead until it goes, then the nearest that is left. Completes when nobody is. Lists again
 * (`survey$`) when all those it remembered are gone and others stood further ahead.
 */
export function follow(
  session: Session,
  path: string,
  ahead: Ahead,
  survey$: Observable<Ahead | undefined>,
): Observable<ZooKeeperLeadership> {
  return defer(() => {
    let left = ahead;
    const learn = ({ data }: Znode) => (left = sinceClaimOf(decodeRecord(data)?.holder, left));
    const learnt$ = defer(() => (isUncertain(left) ? session.glance(path) : EMPTY)).pipe(
      map(learn),
      takeWhile(isUncertain, true),
    );
    const nearest$ = defer(() => {
      let found = false;
      const place$ = watchPlace(session, path, left.nearest[0]!).pipe(tap(() => (found = true)));
      const followed$ = merge(place$.pipe(endWith(GONE)), learnt$).pipe(
        takeWhile((news) => news !== GONE),
        map(() => howMany(left)),
        distinctUntilChanged(),
        map(follower),
      );
      const listed = () => {
        left = withoutNearest(left);
        const forgotten = left.nearest.length === 0 && left.beyond > 0;
        return forgotten ? survey$.pipe(tap((now) => (left = now ?? NOBODY))) : EMPTY;
      };
      const asked = () => concat(session.get(path).pipe(map(learn)), defer(listed));
      const gone$: Observable<unknown> = defer(() => (found && isUncertain(left) ? asked() : listed()));
      return concat(followed$, gone$.pipe(ignoreElements()));
    });
    return nearest$.pipe(repeat({ delay: () => (howMany(left) === 0 ? EMPTY : of(true)) }));
  });
}

const GONE = Symbol('gone');

/** If our own place is gone as well, the claim will find out. */
const NOBODY: Ahead = { nearest: [], beyond: 0 };

/** Ends when the place is gone; also when somebody stands there who came back under its name. */
function watchPlace(session: Session, path: string, { name, born }: Ahead['nearest'][number]): Observable<Znode> {
  const place$ = session.watch(`${path}/${name}`);
  return born === undefined ? place$ : place$.pipe(takeWhile(({ czxid }) => born === czxid));
}
