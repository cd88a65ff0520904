/** The roles that this process runs: each one on its own, all of them on one session and one lease. */
import {
  combineLatest,
  defer,
  distinctUntilChanged,
  map,
  mergeMap,
  type Observable,
  of,
  switchMap,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import type { ResolvedRoleOptions, RoleHandler, RoleState } from './handler.js';
import type { Member } from './member.js';
import { type RoleAddress, runRole } from './role.js';
import { createSlots } from './slots.js';

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
  const { member$, mine$, stop$, address } = given;
  return defer(() => {
    const known = new Set<string>();
    const options = { ...given.options, loads: createSlots(given.loadConcurrency) };
    const run = (role: string): Observable<RoleChange<S>> => {
      known.add(role);
      const wanted$ = combineLatest([member$, mine$]).pipe(
        map(([member, mine]) => (mine.has(role) ? member : undefined)),
        distinctUntilChanged(),
        switchMap((member) => (member ? timer(GRACE_MS, options.clock.scheduler).pipe(map(() => member)) : of(member))),
        takeUntil(stop$),
      );
      return runRole(address(role), wanted$, handlerOf(given, role), options).pipe(
        map((state) => ({ role, ...state })),
      );
    };
    return mine$.pipe(
      takeUntil(stop$),
      mergeMap((mine) => [...mine].filter((role) => !known.has(role))),
      mergeMap(run),
    );
  });
}

/** Where the user makes none, one that cannot load: the role is placed elsewhere, and the others go on. */
function handlerOf<S>({ handler }: LocalRoles<S>, role: string): RoleHandler<S> {
  try {
    return handler(role);
  } catch (error) {
    return { load: () => throwError(() => error), unload: () => undefined };
  }
}
