/**
 * One term of one role here: fence, load, serve; at its end unload, then release. In this order, each after the other.
 *
 * Whatever ends the term ends the work at once: by the lease or the session (`over$`), by another claim or a record that
 * vanished (its watch), by a write that was fenced, or because the role is wanted elsewhere (`over$` again).
 */
import {
  BehaviorSubject,
  catchError,
  concat,
  defaultIfEmpty,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  filter,
  first,
  ignoreElements,
  map,
  merge,
  Observable,
  of,
  Subject,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Claimed } from './claim.js';
import type { Epoch } from './epoch.js';
import type { ResolvedRoleOptions, RoleHandler, RoleState } from './handler.js';
import { counted, deadline, inTime, once, quiet, type Running } from './hooks.js';
import type { Member } from './member.js';
import { type EndCause, type OpenRoleTerm, openRoleTerm, type RoleTerm } from './term.js';

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
  /** Tells the store that we have stopped, and whether we had unloaded. In doubt: if the record still tells of our claim. */
  release(clean: boolean, inDoubt: boolean): Observable<unknown>;
}

/** What one tenure has come to, from one step to the next. */
interface Progress<S> extends Running {
  loading: boolean;
  loaded?: { readonly state: S };
  failure?: { readonly error: unknown };
}

/** Completes when the role has been released, or could not be. Unsubscribing ends the term and goes on in the background. */
export function tenure<S>(given: Tenure<S>): Observable<RoleState<S>> {
  return new Observable((subscriber) => {
    const { member, path, claimed, epoch } = given;
    const open = openRoleTerm(member, path, claimed, epoch);
    const progress: Progress<S> = { loading: false, running$: new BehaviorSubject(0) };
    const leaving$ = once(leave(given, open.term, progress));
    // Added first, so that the signal aborts before the work is unsubscribed.
    subscriber.add(() => {
      open.end('shutdown');
      leaving$.subscribe();
    });
    // We may have slept since the claim was sent.
    open.term.isCurrent();
    subscriber.add(concat(merge(ends(given, open), work(given, open, progress)), leaving$).subscribe(subscriber));
  });
}

/** Never emits; completes when the term is over. */
function ends<S>({ member, path, claimed, over$, options }: Tenure<S>, { term, end }: OpenRoleTerm): Observable<never> {
  const unwanted$ = over$.pipe(tap(() => term.isCurrent() && end('transferred')));
  const taken$ = member.session.watch(path).pipe(
    // Not by the version: a record that was removed and claimed anew may have come to the same.
    filter(({ mzxid }) => mzxid !== claimed.token),
    map((): EndCause => 'fenced'),
    endWith<EndCause>('fenced'),
    catchError(() => of<EndCause>('lapsed')),
    take(1),
    tap(end),
  );
  const suspended$ = member.session.connection$.pipe(filter((connection) => connection === 'suspended'));
  const doubted$ = options.onSuspend === 'stop' ? suspended$.pipe(tap(() => end('lapsed'))) : EMPTY;
  return merge(unwanted$, taken$, doubted$).pipe(ignoreElements(), takeUntil(term.ended$));
}

/** Completes when the term is over; an error of the user's ends it. */
function work<S>(given: Tenure<S>, { term, end }: OpenRoleTerm, progress: Progress<S>): Observable<RoleState<S>> {
  const { epoch, options } = given;
  const serve$ = (state: S) => pausing(given, progress, serve(given, term, progress, state));
  // Asked again after each wait: the process may have slept in it, and no timer has told us yet.
  const load$ = concat(of({ phase: 'loading', epoch } as const), load(given, term, progress)).pipe(
    filter(() => term.isCurrent()),
    switchMap((said) => ('state' in said ? serve$(said.state) : of(said))),
  );
  return concat(fence(given, term, progress), load$).pipe(
    catchError((error) => {
      progress.failure = { error };
      options.logger.error({ role: epoch.role, term: epoch.term, error }, 'role: the work failed');
      end(progress.loaded ? 'resigned' : 'load-failed');
      return EMPTY;
    }),
    takeUntil(term.ended$),
  );
}

/** Asked here too: it may be a promise that was waited for, and the process slept. */
function serve<S>(
  { epoch, handler }: Tenure<S>,
  term: RoleTerm,
  progress: Running,
  state: S,
): Observable<RoleState<S>> {
  const said: RoleState<S> = { phase: 'serving', epoch, serving: { state, term } };
  const serve$ = quiet(progress, () => handler.serve?.(state, term));
  return defer(() => (term.isCurrent() ? concat(of(said), serve$) : EMPTY));
}

/** Only while the connection is up, where that is asked for. */
function pausing<S>(
  { member, epoch, options }: Tenure<S>,
  { running$ }: Running,
  serve$: Observable<RoleState<S>>,
): Observable<RoleState<S>> {
  if (options.onSuspend !== 'pause') return serve$;
  const idle$ = running$.pipe(
    first((running) => running === 0),
    ignoreElements(),
  );
  const paused$ = of<RoleState<S>>({ phase: 'paused', epoch });
  return member.session.connection$.pipe(
    distinctUntilChanged(),
    switchMap((connection) => (connection === 'connected' ? concat(idle$, serve$) : paused$)),
  );
}

/** Makes sure of a last owner that has not said that it had unloaded. */
function fence<S>(
  { epoch, handler, options }: Tenure<S>,
  term: RoleTerm,
  progress: Progress<S>,
): Observable<RoleState<S>> {
  const { previous } = term;
  if (!previous || previous.clean || !handler.fencePrevious) return EMPTY;
  const fenced$ = quiet(progress, () => handler.fencePrevious?.(previous, term)).pipe(endWith(true));
  const late$ = deadline(`The fencing of ${previous.owner}`, options.loadTimeoutMs, options);
  return concat(of({ phase: 'fencing', epoch } as const), merge(fenced$, late$).pipe(take(1), ignoreElements()));
}

/** The first value of the load, when its turn has come and the term still stands; errors when it is silent for too long. */
function load<S>(
  { handler, options, epoch }: Tenure<S>,
  term: RoleTerm,
  progress: Progress<S>,
): Observable<{ state: S }> {
  const sign$ = new Subject<void>();
  const late$ = sign$.pipe(
    startWith(undefined),
    switchMap(() => deadline(`The load of ${epoch.role}`, options.loadTimeoutMs, options)),
  );
  const loaded$ = counted(progress, () => {
    progress.loading = true;
    return handler.load(term, () => sign$.next());
  }).pipe(
    first(),
    map((state) => ({ state })),
    tap((loaded) => (progress.loaded = loaded)),
  );
  return options.loads.use(defer(() => (term.isCurrent() ? merge(loaded$, late$).pipe(take(1)) : EMPTY)));
}

/** Puts away what was loaded, within its time, and then says so. */
function leave<S>(given: Tenure<S>, term: RoleTerm, progress: Progress<S>): Observable<RoleState<S>> {
  const { epoch, options } = given;
  return defer(() => {
    const stopping$ = of({ phase: 'stopping', epoch } as const);
    const left$ = unload(given, term, progress).pipe(
      switchMap((clean) =>
        released(given, term, clean).pipe(map((told): RoleState<S> => lastState(told, told && clean, epoch, progress))),
      ),
    );
    options.logger.debug({ role: epoch.role, term: epoch.term }, 'role: the term is over');
    return concat(stopping$, left$);
  });
}

/** Emits once: whether all was put away, in time and without an error. What was never loaded is as clean as it was found. */
function unload<S>({ handler, options }: Tenure<S>, term: RoleTerm, progress: Progress<S>): Observable<boolean> {
  const { running$, loading } = progress;
  const settled$ = inTime(running$.pipe(first((running) => running === 0)), options);
  if (!loading) return settled$.pipe(map((settled) => settled && (term.previous?.clean ?? true)));
  const unloaded$ = term.ended$.pipe(
    switchMap((end) => quiet(progress, () => handler.unload(progress.loaded?.state, end))),
    catchError((error) => {
      options.logger.error({ role: term.epoch.role, error }, 'role: the unload failed');
      return of(false);
    }),
    defaultIfEmpty(true),
  );
  return settled$.pipe(switchMap((settled) => inTime(unloaded$, options).pipe(map((done) => settled && done))));
}

/**
 * Emits once: whether the store knows. Not waited for longer than a session lasts; but it goes on as long as this one
 * does, since as long nobody else can claim.
 */
function released<S>({ member, options, release }: Tenure<S>, term: RoleTerm, clean: boolean): Observable<boolean> {
  const { clock } = options;
  const late$ = timer(member.session.timings.sessionTimeoutMs, clock.scheduler).pipe(map(() => false));
  const told$ = once(
    term.ended$.pipe(
      switchMap(({ cause }) => release(clean, cause === 'fenced')),
      map(() => true),
      catchError(() => of(false)),
      defaultIfEmpty(false),
    ),
  );
  return merge(told$, late$).pipe(take(1));
}

function lastState<S>(told: boolean, clean: boolean, epoch: Epoch, { failure }: Progress<S>): RoleState<S> {
  if (failure) return { phase: 'failed', epoch, clean, error: failure.error };
  return { phase: told ? 'released' : 'lost', epoch, clean };
}
