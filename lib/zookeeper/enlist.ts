/** Step 1 of the recipe: one znode in line, whatever answers were lost on the way. */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  forkJoin,
  ignoreElements,
  map,
  type Observable,
  of,
  switchMap,
  tap,
} from 'rxjs';
import { isNodeExists, isNoNode } from './errors.js';
import { identityIn, namePrefix, parseLine } from './line.js';
import { encodeProfile, type Profile } from './record.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { Seat, Standing } from './standing.js';

/** Takes a place in line, or finds the one that an unanswered create left behind. Emits once: it is in `standing.seat`. */
export function enlist(session: Session, standing: Standing): Observable<Seat> {
  if (standing.seat?.session === session) return of(seated(standing, standing.seat));
  // What an older session had has gone with it: whoever leaves from now on has to look in this one.
  standing.seat = undefined;
  return (standing.attempted ? recover(session, standing) : of(undefined)).pipe(
    switchMap((found) => (found === undefined ? create(session, standing) : of(found))),
    map((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      // Names come again where an election was deleted: a claim by this one that we do not remember may be of now.
      if (standing.claim?.seat.name === name) standing.claim = undefined;
      return seated(standing, { session, path, name, leaseMs: session.timings.leaseMs });
    }),
  );
}

function seated(standing: Standing, seat: Seat): Seat {
  standing.seat = seat;
  standing.lender.seated(seat);
  return seat;
}

/** The place is gone for certain: the next one may be created without looking for this one. */
export function vacated(standing: Standing): void {
  standing.seat = undefined;
  standing.attempted = false;
  standing.lender.seated(undefined);
}

/**
 * Our server shows no place of ours. If it is the creation that it has lost, everybody else goes on waiting behind us: so the
 * place is removed, whether it is there or not. Completes without a value.
 */
export function vacate(session: Session, standing: Standing): Observable<never> {
  const { seat, lender } = standing;
  lender.seated(undefined);
  const removed$ = seat ? orNothing(session.remove(seat.path)) : EMPTY;
  return removed$.pipe(tap({ complete: () => vacated(standing) }), ignoreElements());
}

function create(session: Session, standing: Standing): Observable<string> {
  const { path, identity, profile, options } = standing;
  const prefix = `${path}/${namePrefix(options.naming, identity, session.timings.leaseMs)}`;
  const create$ = defer(() => {
    standing.attempted = true;
    const published = publish({ ...profile, leaseMs: session.timings.leaseMs }, options.naming);
    return session.create(prefix, published, 'ephemeral-sequential');
  });
  return create$.pipe(
    catchError((error) => (isNoNode(error) ? concat(ensure(session, path), create$) : rethrow(error))),
  );
}

/** In a foreign dialect a candidate's data is its id, as those clients expect it. */
export const publish = (profile: Profile, naming: string): Uint8Array =>
  naming === 'curator' ? encodeProfile(profile) : new TextEncoder().encode(profile.id);

/** Creates what is missing, from below: nothing is asked of parents that exist. Completes without a value. */
function ensure(session: Session, path: string): Observable<never> {
  const create$ = session
    .create(path, new Uint8Array())
    .pipe(catchError((error) => (isNodeExists(error) ? EMPTY : rethrow(error))));
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  return create$.pipe(
    catchError((error) =>
      isNoNode(error) && path !== '/' ? concat(ensure(session, parent), create$) : rethrow(error),
    ),
    ignoreElements(),
  );
}

/**
 * Our place in this session, if there is one. The write comes first: once it is answered, a create that was still on
 * its way over the old connection has been carried out or refused. What an older session of ours left is removed.
 */
export function recover(
  session: Session,
  { path, identity }: Pick<Standing, 'path' | 'identity'>,
): Observable<string | undefined> {
  return session.multi([{ op: 'check', path }]).pipe(
    switchMap(() => session.children(path)),
    map((names) => parseLine(names).filter(({ name }) => identityIn(name) === identity)),
    switchMap((places) =>
      places.length === 0 ? of([]) : forkJoin(places.map(({ name }) => orNothing(session.get(`${path}/${name}`)))),
    ),
    switchMap((found) =>
      keepOne(
        session,
        found.filter((znode) => znode !== undefined),
      ),
    ),
    catchError(ifGone),
  );
}

function keepOne(session: Session, found: readonly Znode[]): Observable<string | undefined> {
  const [ours, ...more] = found.filter(({ owner }) => owner === session.id);
  const others = [...more, ...found.filter(({ owner }) => owner !== session.id)];
  const removals = others.map(({ path }) => orNothing(session.remove(path)).pipe(ignoreElements()));
  return concat(...removals, of(ours?.path));
}

/** `undefined` in place of "no such znode". */
export const orNothing = <T>(request: Observable<T>): Observable<T | undefined> => request.pipe(catchError(ifGone));

/** What to make of an error: nothing is there, and that is fine. */
export const ifGone = (error: unknown): Observable<undefined> => (isNoNode(error) ? of(undefined) : rethrow(error));

export function rethrow(error: unknown): never {
  throw error;
}
