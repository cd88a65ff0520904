/** Runs a role wherever it is wanted: one tenure after another, never two at once. */
import { randomUUID } from 'node:crypto';
import {
  catchError,
  combineLatest,
  concat,
  concatMap,
  connect,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  filter,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  ReplaySubject,
  repeat,
  switchMap,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import { unfailed, yieldAfter } from '../election/yielding.js';
import { AccessDeniedError, isRetriable, StoreError } from '../errors.js';
import { type Claimed, type ClaimOptions, claim, release } from './claim.js';
import type { ResolvedRoleOptions, RoleHandler, RoleState } from './handler.js';
import type { Member } from './member.js';
import { tenure } from './tenure.js';

/** Where a role is kept. */
export interface RoleAddress {
  readonly role: string;
  /** Of its record. */
  readonly path: string;
  /** Of the members' parent. */
  readonly members: string;
  readonly incarnation: string;
}

/**
 * `wanted$` says as which member we want the role, or that we do not. Cold. What is begun is ended in order before the
 * next member's turn: the queue of a role is this operator's. Completes after `wanted$`, when the last tenure has ended.
 */
export function runRole<S>(
  address: RoleAddress,
  wanted$: Observable<Member | undefined>,
  handler: RoleHandler<S>,
  options: ResolvedRoleOptions,
): Observable<RoleState<S>> {
  return gated(wanted$, handler, options).pipe(
    distinctUntilChanged(),
    // Replayed, so that a member whose turn comes late sees at once that it is over.
    connect((value$) => value$.pipe(concatMap((member) => (member ? during(member, value$) : of(standby)))), {
      connector: () => new ReplaySubject(1),
    }),
  );

  function during(member: Member, value$: Observable<Member | undefined>): Observable<RoleState<S>> {
    const over$ = merge(value$.pipe(filter((other) => other !== member)), value$.pipe(ignoreElements(), endWith(true)));
    return tenures(address, member, over$, handler, options);
  }
}

const standby = { phase: 'standby' } as const;

/** A role is wanted by a member that is ready for it. Readiness that goes on being told keeps nobody: it completes after `wanted$`. */
function gated<S>(
  wanted$: Observable<Member | undefined>,
  handler: RoleHandler<S>,
  { logger }: ResolvedRoleOptions,
): Observable<Member | undefined> {
  if (!handler.ready) return wanted$;
  const ready$ = defer(() => handler.ready!()).pipe(
    catchError((error) => {
      logger.error({ error }, 'role: whether it is ready cannot be told any more');
      return of(false);
    }),
  );
  const whileReady = (value$: Observable<Member | undefined>) =>
    combineLatest([value$, ready$.pipe(takeUntil(value$.pipe(ignoreElements(), endWith(true))))]);
  return wanted$.pipe(
    connect(whileReady),
    map(([member, is]) => (is ? member : undefined)),
  );
}

/** One after another while it is wanted: with a back-off, longer each time that nothing comes of it. */
function tenures<S>(
  address: RoleAddress,
  member: Member,
  over$: Observable<unknown>,
  handler: RoleHandler<S>,
  options: ResolvedRoleOptions,
): Observable<RoleState<S>> {
  const { clock, backOffMs } = options;
  let yielding = unfailed;
  let since = 0;
  const once$ = defer(() => {
    since = clock.now();
    return claimed(address, member, over$, handler, options);
  });
  const pause$ = () => {
    yielding = yieldAfter(yielding, clock.now() - since, backOffMs, Math.random());
    return timer(yielding.forMs, clock.scheduler).pipe(takeUntil(over$));
  };
  return once$.pipe(repeat({ delay: pause$ }));
}

/** From waiting for the role to having released it. */
function claimed<S>(
  { role, path, members, incarnation }: RoleAddress,
  member: Member,
  over$: Observable<unknown>,
  handler: RoleHandler<S>,
  options: ResolvedRoleOptions,
): Observable<RoleState<S>> {
  const { clock, clockDrift } = options;
  const asked: ClaimOptions = { path, members, claimId: randomUUID(), clock, clockDrift };
  const inTerm = (won: Claimed) => {
    const epoch = { role, term: won.term, token: won.token, incarnation };
    const told = (clean: boolean, inDoubt: boolean) => release(member, asked, won, clean, inDoubt);
    return tenure({ member, path, epoch, claimed: won, handler, options, over$, release: told });
  };
  const won$ = claim(member, asked).pipe(takeUntil(over$));
  return concat(of({ phase: 'claiming' } as const), connectWarm(won$, handler, options).pipe(switchMap(inTerm))).pipe(
    catchError((error) =>
      isRetriable(error) || isRefused(error) ? of({ phase: 'failed', error } as const) : throwError(() => error),
    ),
  );
}

/** What the store has against this record alone: an operator may cure it, and the other roles go on. */
const isRefused = (error: unknown): boolean => error instanceof StoreError || error instanceof AccessDeniedError;

/** Warms up while the claim is waited for. An error of that is only told. */
function connectWarm<S>(
  won$: Observable<Claimed>,
  handler: RoleHandler<S>,
  { logger }: ResolvedRoleOptions,
): Observable<Claimed> {
  if (!handler.warm) return won$;
  const warm$ = defer(() => from(handler.warm!() as Observable<unknown>)).pipe(
    catchError((error) => {
      logger.warn({ error }, 'role: warming up failed');
      return EMPTY;
    }),
    ignoreElements(),
  );
  // The end of the warming up hears of the claim first, so that nothing is loaded meanwhile.
  return won$.pipe(connect((claimed$) => merge(warm$.pipe(takeUntil(claimed$.pipe(endWith(undefined)))), claimed$)));
}
