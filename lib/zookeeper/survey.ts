/** One look at the line. */
import { catchError, forkJoin, map, type Observable, of, switchAll, switchMap } from 'rxjs';
import { leaseToRecord } from '../election/lease.js';
import { Reader } from './codec.js';
import { orNothing, rethrow } from './enlist.js';
import { isNoNode } from './errors.js';
import { type Ahead, inOrder, needsBirthOrder, type Place, parseLine } from './line.js';
import { decodeRecord } from './record.js';
import type { Requests } from './requests.js';
import { type Roll, readRoll, rollOf } from './roll.js';
import type { Session } from './session.js';
import type { Seat, Standing } from './standing.js';

/** Those ahead of us; `undefined` if we are not in line, or there is none any more. Notes the lease that a claim must write. */
export function survey(session: Session, seat: Seat, { path }: Standing): Observable<Ahead | undefined> {
  return forkJoin({ roll: called(session, path, seat.name), found: session.get(path) }).pipe(
    map(({ roll: { ahead, longestMs }, found }) => {
      seat.leaseMs = leaseToRecord(session.timings.leaseMs, longestMs, decodeRecord(found.data));
      return ahead;
    }),
    catchError((error) => (isNoNode(error) ? of(undefined) : rethrow(error))),
  );
}

/** From the bytes of the listing where they tell; else from the names, and when everybody was born. */
const called = (session: Requests, path: string, own: string): Observable<Roll> =>
  session
    .listing(path, (answer) => {
      const roll = readRoll(new Reader(answer), own);
      if (roll) return of(roll);
      return placed(session, path, new Reader(answer).texts()).pipe(map((line) => rollOf(own, line)));
    })
    .pipe(switchAll());

/** The line, first in line first, from one listing. */
export const ordered = (session: Requests, path: string): Observable<readonly Place[]> =>
  listed(session, path).pipe(map(inOrder));

/** The same for names that are known already. */
export const inTurn = (session: Requests, path: string, names: readonly string[]): Observable<readonly Place[]> =>
  placed(session, path, names).pipe(map(inOrder));

const listed = (session: Requests, path: string) =>
  session.children(path).pipe(switchMap((names) => placed(session, path, names)));

/** Everybody in line; near the end of the sequence, with everybody's day of birth. */
function placed(session: Requests, path: string, names: readonly string[]): Observable<readonly Place[]> {
  const line = parseLine(names);
  return needsBirthOrder(line)
    ? births(session, path, line).pipe(
        map((born) => line.map((place) => ({ ...place, born: born.get(place.name) ?? 0n }))),
      )
    : of(line);
}

function births(session: Requests, path: string, line: readonly Place[]): Observable<ReadonlyMap<string, bigint>> {
  return forkJoin(line.map(({ name }) => orNothing(session.get(`${path}/${name}`)))).pipe(
    map((found) => new Map(found.flatMap((znode, i) => (znode ? [[line[i]!.name, znode.czxid] as const] : [])))),
  );
}
