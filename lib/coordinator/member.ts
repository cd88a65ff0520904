/**
 * A process in a group. Its one ephemeral is candidate, liveness, address and fence at once, however many roles it owns.
 *
 * Its lease is that of an elected leader: it believes until `leaseMs` after it *sent* its last acknowledged write that
 * names its znode. One small write keeps it, for all roles together.
 */
import { catchError, concat, defer, finalize, map, type Observable, of, repeat, switchMap, throwError } from 'rxjs';
import { instant, keepLease } from '../election/keep-lease.js';
import { isMissing, type StorePlace, type StoreSession } from '../election/store.js';
import type { Clock } from '../options.js';
import { again } from './again.js';

export interface Member {
  readonly session: StoreSession;
  /** Of its znode. */
  readonly path: string;
  /** The last part of it. Names never return, so one that is gone stays gone. */
  readonly name: string;
  /** Its node id, for people. */
  readonly node: string;
  /** Asks the clocks at this very call. Once false it stays so. */
  holds(): boolean;
}

/** Us as a member while our lease holds, `undefined` in between. Cold; follows our place wherever it goes. */
export function membership(
  place$: Observable<StorePlace | undefined>,
  node: string,
  clock: Clock,
): Observable<Member | undefined> {
  return place$.pipe(switchMap((place) => (place ? inPlace(place, node, clock) : of(undefined))));
}

/** One lease after another, until the place is gone: then the next one is on its way. */
function inPlace(place: StorePlace, node: string, clock: Clock): Observable<Member | undefined> {
  return defer(() => leased(place, node, clock)).pipe(
    repeat(),
    again(place.session, clock),
    catchError((error) => (isMissing(error) ? of(undefined) : throwError(() => error))),
  );
}

/** From a fresh proof (the write that made our place may be long ago) until the lease lapses. */
function leased({ session, path }: StorePlace, node: string, clock: Clock): Observable<Member | undefined> {
  const { leaseMs } = session.timings;
  const sent = instant(clock);
  return session.multi([{ op: 'check', path }]).pipe(
    switchMap(() => {
      const lease = keepLease(sent, session.prove(path, leaseMs / 3), leaseMs, clock);
      const name = path.slice(path.lastIndexOf('/') + 1);
      let here = true;
      const leave = () => {
        here = false;
      };
      const member: Member = { session, path, name, node, holds: () => here && lease.holds() };
      return concat(of(member), lease.lapsed$.pipe(map(() => undefined))).pipe(finalize(leave));
    }),
  );
}
