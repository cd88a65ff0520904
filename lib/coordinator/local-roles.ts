/** The roles that this process runs: each one on its own, all of them on one session and one lease. */
import {
  combineLatest,
  defer,
  distinctUntilChanged,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  switchMap,
  takeUntil,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { ResolvedRoleOptions, RoleHandler, RoleState } from './handler.js';
import type { Member } from './member.js';
import { type RoleAddress, runRole } from './role.js';
import { createSlots, type Slots } from './slots.js';

/** What has become of one role in this process. */
export interface RoleChange<S> extends RoleState<S> {
  readonly role: string;
}

export interface LocalRoles<S> {
  readonly member$: Observable<Member | undefined>;
  /** The roles that this process should have. Replays. */
  readonly mine$: Observable<ReadonlySet<string>>;
  /** Every role is given up, in order. Replays. */
  readonly stop$: Observable<unknown>;
  readonly address: (role: string) => RoleAddress;
  readonly handler: (role: string) => RoleHandler<S>;
  readonly loadConcurrency: number;
  readonly options: ResolvedRoleOptions;
}

/**
 * From hearing that a role should come here to asking for it, in ms. Its last owner hears of it at the same moment: that
 * it has let go is then seen at the first look, most times, without waiting at a watch.
 */
const GRACE_MS = 30;

/** Completes after `stop$`, when the last role has ended. A role that has been here keeps its queue, so its hooks never overlap. */
export function runRoles<S>(given: LocalRoles<S>): Observable<RoleChange<S>> {
  const { member$, mine$, stop$, address, options } = given;
  return defer(() => {
    const known = new Set<string>();
    const slots = createSlots(given.loadConcurrency);
    const run = (role: string): Observable<RoleChange<S>> => {
      known.add(role);
      const wanted$ = combineLatest([member$, mine$]).pipe(
        map(([member, mine]) => (mine.has(role) ? member : undefined)),
        distinctUntilChanged(),
        switchMap((member) => (member ? timer(GRACE_MS, options.clock.scheduler).pipe(map(() => member)) : of(member))),
        takeUntil(stop$),
      );
      const handler = inTurn(given.handler(role), slots, options);
      return runRole(address(role), wanted$, handler, options).pipe(map((state) => ({ role, ...state })));
    };
    return mine$.pipe(
      takeUntil(stop$),
      mergeMap((mine) => [...mine].filter((role) => !known.has(role))),
      mergeMap(run),
    );
  });
}

/** The same hooks, with a load that waits for its turn. While it waits it is not silent. */
function inTurn<S>(
  handler: RoleHandler<S>,
  slots: Slots,
  { loadTimeoutMs, clock }: ResolvedRoleOptions,
): RoleHandler<S> {
  const load: RoleHandler<S>['load'] = (term, progress) => {
    let waiting = true;
    const load$ = defer(() => {
      waiting = false;
      progress();
      return from(handler.load(term, progress));
    });
    const sign$ = interval(loadTimeoutMs / 3, clock.scheduler).pipe(
      takeWhile(() => waiting),
      tap(progress),
      ignoreElements(),
    );
    return merge(slots.use(load$), sign$);
  };
  return {
    ...(handler.warm && { warm: () => handler.warm!() }),
    ...(handler.ready && { ready: () => handler.ready!() }),
    ...(handler.fencePrevious && { fencePrevious: (previous, term) => handler.fencePrevious!(previous, term) }),
    ...(handler.serve && { serve: (state, term) => handler.serve!(state, term) }),
    load,
    unload: (state, end) => handler.unload(state, end),
  };
}
