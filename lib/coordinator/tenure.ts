/**
 * One term of one role here: fence, load, serve; at its end unload, then release. In this order, each after the other.
 *
 * Whatever ends the term ends the work at once: by the lease or the session (`over$`), by another claim or a record that
 * vanished (its watch), by a write that was fenced, or because the role is wanted elsewhere (`over$` again).
 */
import {
  catchError,
  concat,
  defaultIfEmpty,
  defer,
  EMPTY,
  endWith,
  filter,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  Subject,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { DeadlineError } from '../errors.js';
import type { Claimed } from './claim.js';
import type { Epoch } from './epoch.js';
import type { ResolvedRoleOptions, RoleHandler, RoleState } from './handler.js';
import type { Member } from './member.js';
import { type OpenRoleTerm, openRoleTerm, type RoleTerm } from './term.js';

export interface Tenure<S> {
  readonly member: Member;
  /** Of the role's record. */
  readonly path: string;
  readonly epoch: Epoch;
  readonly claimed: Claimed;
  readonly handler: RoleHandler<S>;
  readonly options: ResolvedRoleOptions;
  /** Emits when the role is not wanted here any more, or not by this member. */
  readonly over$: Observable<unknown>;
  /** Tells the store that we have stopped, and whether we had unloaded. */
  release(clean: boolean): Observable<unknown>;
}

/** What one tenure has come to, from one step to the next. */
interface Progress<S> {
  loading: boolean;
  loaded?: { readonly state: S };
  failure?: { readonly error: unknown };
}

/** Completes when the role has been released, or could not be. Unsubscribing ends the term and goes on in the background. */
export function tenure<S>(given: Tenure<S>): Observable<RoleState<S>> {
  return defer(() => {
    const { member, path, claimed, epoch } = given;
    const open = openRoleTerm(member, path, claimed, epoch);
    const progress: Progress<S> = { loading: false };
    const leaving$ = leave(given, open.term, progress);
    const background = () => {
      open.end('shutdown');
      leaving$.subscribe();
    };
    return concat(merge(ends(given, open), work(given, open, progress)), leaving$).pipe(
      tap({ unsubscribe: background }),
    );
  });
}

/** Never emits; completes when the term is over. */
function ends<S>({ member, path, claimed, over$ }: Tenure<S>, { term, end }: OpenRoleTerm): Observable<never> {
  const unwanted$ = over$.pipe(tap(() => term.isCurrent() && end('transferred')));
  const taken$ = member.session.watch(path).pipe(
    filter(({ version }) => version !== claimed.version),
    endWith(undefined),
    take(1),
    tap(() => end('fenced')),
  );
  return merge(unwanted$, taken$).pipe(ignoreElements(), takeUntil(term.ended$));
}

/** Completes when the term is over; an error of the user's ends it. */
function work<S>(given: Tenure<S>, { term, end }: OpenRoleTerm, progress: Progress<S>): Observable<RoleState<S>> {
  const { epoch, handler, options } = given;
  const { previous } = term;
  const fence$ = defer(() =>
    previous && !previous.clean && handler.fencePrevious
      ? concat(
          of({ phase: 'fencing', epoch } as const),
          quiet(() => handler.fencePrevious?.(previous, term)),
        )
      : EMPTY,
  );
  const serve$ = (state: S) =>
    concat(
      of({ phase: 'serving', epoch, serving: { state, term } } as const),
      quiet(() => handler.serve?.(state, term)),
    );
  const load$ = concat(of({ phase: 'loading', epoch } as const), load(given, term, progress)).pipe(
    switchMap((said) => ('state' in said ? serve$(said.state) : of(said))),
  );
  return concat(fence$, load$).pipe(
    catchError((error) => {
      progress.failure = { error };
      options.logger.error({ role: epoch.role, term: epoch.term, error }, 'role: the work failed');
      end(progress.loaded ? 'resigned' : 'load-failed');
      return EMPTY;
    }),
    takeUntil(term.ended$),
  );
}

/** The user's hook for its effects alone. */
const quiet = (hook: () => unknown): Observable<never> =>
  defer(() => from((hook() ?? EMPTY) as Observable<unknown>)).pipe(ignoreElements());

/** The first value of the load; errors when it is silent for too long. */
function load<S>(
  { handler, options, epoch }: Tenure<S>,
  term: RoleTerm,
  progress: Progress<S>,
): Observable<{ state: S }> {
  const { loadTimeoutMs, clock } = options;
  const sign$ = new Subject<void>();
  const late$ = sign$.pipe(
    startWith(undefined),
    switchMap(() => timer(loadTimeoutMs, clock.scheduler)),
    map(() => fail(new DeadlineError(`The load of ${epoch.role}`, loadTimeoutMs))),
  );
  const loaded$ = defer(() => {
    progress.loading = true;
    return handler.load(term, () => sign$.next());
  }).pipe(
    take(1),
    map((state) => ({ state })),
    tap((loaded) => (progress.loaded = loaded)),
  );
  return merge(loaded$, late$).pipe(take(1));
}

/** Puts away what was loaded, within its time, and then says so. */
function leave<S>(given: Tenure<S>, term: RoleTerm, progress: Progress<S>): Observable<RoleState<S>> {
  const { epoch, options } = given;
  return defer(() => {
    const stopping$ = of({ phase: 'stopping', epoch } as const);
    const left$ = unload(given, term, progress).pipe(
      switchMap((clean) => released(given, clean)),
      map((released): RoleState<S> => lastState(released, epoch, progress)),
    );
    options.logger.debug({ role: epoch.role, term: epoch.term }, 'role: the term is over');
    return concat(stopping$, left$);
  });
}

/** Emits once: whether all was put away, in time and without an error. What was never loaded is as clean as it was found. */
function unload<S>(
  { handler, options }: Tenure<S>,
  term: RoleTerm,
  { loading, loaded }: Progress<S>,
): Observable<boolean> {
  if (!loading) return of(term.previous?.clean ?? true);
  const { unloadTimeoutMs, clock, logger } = options;
  const unloaded$ = term.ended$.pipe(
    switchMap((end) => quiet(() => handler.unload(loaded?.state, end))),
    endWith(true),
    catchError((error) => {
      logger.error({ role: term.epoch.role, error }, 'role: the unload failed');
      return of(false);
    }),
  );
  return merge(unloaded$, timer(unloadTimeoutMs, clock.scheduler).pipe(map(() => false))).pipe(take(1));
}

/** Emits once: whether the store knows. Not for longer than a session lasts: without it our claim is void anyway. */
function released<S>({ member, options, release }: Tenure<S>, clean: boolean): Observable<boolean> {
  const { clock } = options;
  const late$ = timer(member.session.timings.sessionTimeoutMs, clock.scheduler).pipe(map(() => false));
  const told$ = release(clean).pipe(
    map(() => true),
    catchError(() => of(false)),
    defaultIfEmpty(false),
  );
  return merge(told$, late$).pipe(take(1));
}

function lastState<S>(released: boolean, epoch: Epoch, { failure }: Progress<S>): RoleState<S> {
  if (failure) return { phase: 'failed', epoch, error: failure.error };
  return { phase: released ? 'released' : 'lost', epoch };
}

function fail(error: unknown): never {
  throw error;
}
