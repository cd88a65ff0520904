/** Who leads and who stands, seen without standing. */
import {
  catchError,
  combineLatest,
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  from,
  ignoreElements,
  map,
  mergeMap,
  NEVER,
  type Observable,
  of,
  repeat,
  retry,
  switchMap,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { Leader, Participant } from '../election/election.js';
import { again } from './again.js';
import { orNothing, rethrow } from './enlist.js';
import { isNoNode } from './errors.js';
import { type Place, parseLine } from './line.js';
import type { Resolved } from './options.js';
import { decodeProfile, decodeRecord, type ElectionRecord, type Profile } from './record.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import { inTurn, ordered } from './survey.js';

/** A participant as the store has it. */
export interface Standee {
  readonly place: Place;
  readonly znode: Znode;
  readonly profile: Profile;
}

/** A leader, with the znode it leads from. */
export interface Seen<T = unknown> extends Leader<T> {
  readonly path: string;
  readonly name: string;
}

/** Said after the last session: what waits for a change in it would wait for ever. */
const CLOSED = Symbol('closed');

/**
 * Follows something in whatever session there is: keeps the last value through suspensions, looks again for a missing
 * path. Completes when the backend is closed.
 */
export function live<V>(
  session$: Observable<Session | undefined>,
  options: Resolved,
  look: (session: Session) => Observable<V>,
  missing: V,
): Observable<V> {
  const again$ = () => timer(options.retryMaxMs, options.clock.scheduler);
  return session$.pipe(
    endWith(CLOSED),
    switchMap((session) => {
      if (session === CLOSED) return EMPTY;
      if (!session) return NEVER;
      const looking$ = concat(look(session), of(missing)).pipe(repeat({ delay: again$ }));
      return looking$.pipe(retry({ delay: again(session, options) }));
    }),
  );
}

/** Who leads. Costs one watch on the record and one on the leader's znode. Completes when the election's path is missing. */
export function leaderOf<T>(session: Session, path: string): Observable<Seen<T> | undefined> {
  return session.watch(path).pipe(
    switchMap(({ data, mzxid, mtime }) => {
      const record = decodeRecord(data);
      const uncrowned$ = firstInLine<T>(session, path);
      if (!record || record.released) return uncrowned$;
      const holder$ = session.watch(`${path}/${record.holder}`).pipe(
        // Younger than the claim: somebody who came back under the name, where the server's counter repeats itself.
        takeWhile(({ czxid }) => czxid < mzxid),
        map((znode): Seen<T> => ({ ...seen<T>(znode, record.id), token: mzxid, since: mtime, foreign: false })),
      );
      return concat(holder$, uncrowned$);
    }),
    distinctUntilChanged((a, b) => a?.name === b?.name && a?.token === b?.token),
  );
}

/** Nobody has claimed: a participant of another library that is first in line leads without. Completes when the path is missing. */
function firstInLine<T>(session: Session, path: string): Observable<Seen<T> | undefined> {
  // Looks at the names it is told first, too: somebody may have joined since the line was found empty.
  const whileEmpty$ = session.watchChildren(path).pipe(
    takeWhile((names) => parseLine(names).length === 0),
    ignoreElements(),
  );
  const look$ = ordered(session, path).pipe(
    switchMap(([first]) => {
      if (!first) return concat(of(undefined), whileEmpty$);
      const first$ = session.watch(`${path}/${first.name}`);
      if (first.leaseMs !== undefined) return concat(of(undefined), first$.pipe(ignoreElements()));
      return first$.pipe(
        map((znode): Seen<T> => ({ ...seen<T>(znode), token: undefined, since: znode.ctime, foreign: true })),
      );
    }),
  );
  return look$.pipe(
    repeat(),
    catchError((error) => (isNoNode(error) ? EMPTY : rethrow(error))),
  );
}

function seen<T>({ path, data }: Znode, id?: string): { id: string; data: T | undefined; path: string; name: string } {
  const profile = decodeProfile(data);
  return {
    id: id ?? profile.id,
    data: profile.data as T | undefined,
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
  };
}

/** Everybody in line with what they publish, first in line first. One listing and one read for each. */
export function standees(session: Session, path: string): Observable<readonly Standee[]> {
  return session.children(path).pipe(switchMap((names) => readLine(session, path, names, new Map())));
}

/** The same, now and at each change; who was read once is not read again. Completes when the path is missing. */
export function standees$(session: Session, path: string): Observable<readonly Standee[]> {
  return defer(() => {
    const read = new Map<string, Znode>();
    return session.watchChildren(path).pipe(switchMap((names) => readLine(session, path, names, read)));
  });
}

function readLine(
  session: Session,
  path: string,
  names: readonly string[],
  read: Map<string, Znode>,
): Observable<readonly Standee[]> {
  const readOne = ({ name }: Place) =>
    orNothing(session.get(`${path}/${name}`)).pipe(tap((znode) => znode && read.set(name, znode)));
  const readAll = (line: readonly Place[]) =>
    from(line.filter(({ name }) => !read.has(name))).pipe(
      mergeMap(readOne, READS_AT_ONCE),
      ignoreElements(),
      endWith(line),
    );
  return inTurn(session, path, names).pipe(
    tap((line) => forget(read, line)),
    switchMap(readAll),
    map((line) => line.flatMap((place) => standeeOf(place, read.get(place.name)))),
  );
}

/** So that a long line holds up nothing else: what is asked at once is answered at once. */
const READS_AT_ONCE = 64;

const standeeOf = (place: Place, znode: Znode | undefined): Standee[] =>
  znode ? [{ place, znode, profile: decodeProfile(znode.data) }] : [];

function forget(read: Map<string, Znode>, line: readonly Place[]): void {
  const names = new Set(line.map(({ name }) => name));
  for (const name of read.keys()) if (!names.has(name)) read.delete(name);
}

/** The line as the port has it, now and at each change. Completes when the path is missing. */
export function participantsOf<T>(session: Session, path: string): Observable<readonly Participant<T>[]> {
  return combineLatest([session.watch(path), standees$(session, path)]).pipe(
    map(([{ data }, line]) => toParticipants<T>(line, decodeRecord(data))),
  );
}

export function toParticipants<T>(
  line: readonly Standee[],
  record: ElectionRecord | undefined,
): readonly Participant<T>[] {
  return line.map(({ place, znode, profile }, i) => ({
    id: profile.id,
    position: i + 1,
    role: roleOf(place, i, record),
    data: profile.data as T | undefined,
    name: place.name,
    waitsFor: line[i - 1]?.place.name,
    host: profile.host,
    pid: profile.pid,
    session: znode.owner === 0n ? undefined : znode.owner,
    since: znode.ctime,
    foreign: place.leaseMs === undefined,
  }));
}

/** First in line leads once it has claimed; one of another library leads by being first. */
function roleOf(place: Place, index: number, record: ElectionRecord | undefined): Participant['role'] {
  if (index > 0) return 'follower';
  if (place.leaseMs === undefined) return 'leader';
  return record?.holder === place.name && !record.released ? 'leader' : 'candidate';
}
