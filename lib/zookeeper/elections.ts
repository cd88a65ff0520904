/** Every election below a path: for people and the CLI. */
import {
  catchError,
  concat,
  EMPTY,
  expand,
  filter,
  forkJoin,
  map,
  mergeMap,
  type Observable,
  of,
  switchMap,
  take,
  toArray,
} from 'rxjs';
import type { ElectionSummary } from '../election/election.js';
import { AccessDeniedError } from '../errors.js';
import { orNothing, rethrow } from './enlist.js';
import { parseLine, parsePlace } from './line.js';
import { leaderOf } from './observe.js';
import { decodeRecord } from './record.js';
import type { Session } from './session.js';

/** How many znodes are asked about at once. */
const CONCURRENCY = 32;

interface Visited {
  readonly path: string;
  readonly children: readonly string[];
}

/** Walks the tree below `root` and sums up each election found; passes over `/zookeeper` and what we may not read. */
export function electionsBelow(session: Session, root: string): Observable<readonly ElectionSummary[]> {
  const visit = (path: string): Observable<Visited> =>
    orNothing(session.children(path)).pipe(
      catchError((error) => (error instanceof AccessDeniedError && path !== root ? EMPTY : rethrow(error))),
      filter((children) => children !== undefined),
      map((children) => ({ path, children })),
    );
  return visit(root).pipe(
    expand(({ path, children }) => concat(of(...below(path, children))).pipe(mergeMap(visit, 8)), CONCURRENCY),
    mergeMap((visited) => summary(session, visited), CONCURRENCY),
    toArray(),
    map((found) => found.sort((a, b) => (a.name < b.name ? -1 : 1))),
  );
}

const below = (path: string, children: readonly string[]): string[] =>
  children
    .filter((name) => parsePlace(name) === undefined && !(path === '/' && name === 'zookeeper'))
    .map((name) => `${path === '/' ? '' : path}/${name}`);

/** An election is a znode with a record of ours or with candidates. */
function summary(session: Session, { path, children }: Visited): Observable<ElectionSummary> {
  const candidates = parseLine(children).length;
  return orNothing(session.get(path)).pipe(
    catchError((error) => (error instanceof AccessDeniedError ? EMPTY : rethrow(error))),
    switchMap((znode) => {
      if (!znode || (candidates === 0 && !decodeRecord(znode.data))) return EMPTY;
      return forkJoin({ leader: leaderOf(session, path).pipe(take(1)) });
    }),
    map(({ leader }) => ({
      name: path.slice(1),
      leader: leader?.id,
      candidates,
      since: leader?.since,
      token: leader?.token,
    })),
  );
}
