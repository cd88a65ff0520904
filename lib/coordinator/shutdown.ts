/**
 * Controlled shutdown: nothing new comes here, the balancer moves what is here to others, a few roles at a time; then
 * whatever is left is given up, the place of the balancer last.
 */
import {
  combineLatest,
  concat,
  defer,
  EMPTY,
  filter,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  type Subscription,
  startWith,
  switchMap,
  take,
  takeUntil,
  takeWhile,
  timer,
  using,
} from 'rxjs';
import { type Clock, checkDuration, checkOneOf } from '../options.js';
import type { RolePhase } from './handler.js';
import type { RoleChange } from './local-roles.js';
import type { Member } from './member.js';

export interface ShutdownOptions {
  /** How long the others are given to take over, in ms. What is left then is given up, which takes `unloadTimeoutMs` at most. @default 30000 */
  readonly deadlineMs?: number;
  /** `stay`: go on as a member, with whatever is left, and take roles again. @default 'leave' */
  readonly atDeadline?: 'leave' | 'stay';
}

export interface ShutdownProgress {
  readonly phase: 'draining' | 'handing-over' | 'leaving' | 'left' | 'stayed';
  /** Roles that are still here, or still meant to be. */
  readonly rolesLeft: number;
  readonly moved: number;
  /** Roles that ended without having unloaded in time, or without the store knowing it: their next owners are told. */
  readonly unclean: readonly string[];
  readonly elapsedMs: number;
}

/** What a shutdown does with the group. */
export interface Leaving {
  readonly member$: Observable<Member | undefined>;
  readonly mine$: Observable<ReadonlySet<string>>;
  readonly changes$: Observable<RoleChange<unknown>>;
  readonly states: ReadonlyMap<string, RoleChange<unknown>>;
  readonly clock: Clock;
  /** Only those roles are taken from now on, or any. */
  accept(roles: ReadonlySet<string> | 'any'): void;
  /** Tells the balancer that this member leaves, or that it does not. Emits once. */
  announce(member: Member, leaving: boolean): Observable<unknown>;
  /** Gives up every role; completes when that is done. */
  stop(): Observable<never>;
  resign(): Promise<unknown>;
}

/** Throws InvalidOptionError. */
export function shutdown(group: Leaving, given: ShutdownOptions = {}): Observable<ShutdownProgress> {
  const deadlineMs = checkDuration('deadlineMs', given.deadlineMs ?? 30_000);
  const atDeadline = checkOneOf('atDeadline', given.atDeadline ?? 'leave', ['leave', 'stay']);
  return group.mine$.pipe(
    take(1),
    switchMap((mine) => {
      const unclean = new Set([...group.states.values()].filter(({ clean }) => clean === false).map(roleOf));
      const report = reporter(group, mine.size, unclean);
      group.accept(mine);
      const deadline$ = timer(deadlineMs, group.clock.scheduler);
      const reports$ = concat(
        of(report('draining', left(group, mine))),
        handOver(group, report).pipe(takeUntil(deadline$)),
        rolesLeft(group).pipe(
          take(1),
          switchMap((still) => (still > 0 && atDeadline === 'stay' ? stay(group, report) : leave(group, report))),
        ),
      );
      return using(
        () => noting(group, unclean),
        () => reports$,
      );
    }),
  );
}

/** Keeps the list of those whose last term here has not ended clean: what a role has come to is forgotten with the next. */
const noting = ({ changes$ }: Leaving, unclean: Set<string>): Subscription =>
  changes$.subscribe({
    next: ({ role, clean }) => {
      if (clean === false) unclean.add(role);
      if (clean === true) unclean.delete(role);
    },
    error: () => undefined,
  });

type Report = (phase: ShutdownProgress['phase'], rolesLeft: number) => ShutdownProgress;

function reporter({ clock }: Leaving, before: number, unclean: ReadonlySet<string>): Report {
  const since = clock.now();
  return (phase, rolesLeft) => ({
    phase,
    rolesLeft,
    moved: Math.max(0, before - rolesLeft),
    unclean: [...unclean],
    elapsedMs: clock.now() - since,
  });
}

const IDLE: readonly RolePhase[] = ['standby', 'released', 'lost', 'failed'];
const roleOf = ({ role }: { readonly role: string }) => role;

const busy = ({ states }: Leaving): readonly string[] =>
  [...states.values()].filter(({ phase }) => !IDLE.includes(phase)).map(roleOf);

const left = (group: Leaving, mine: ReadonlySet<string>): number => new Set([...mine, ...busy(group)]).size;

const rolesLeft = (group: Leaving): Observable<number> =>
  combineLatest([group.mine$, group.changes$.pipe(startWith(undefined))]).pipe(map(([mine]) => left(group, mine)));

/** Until no role is left here. Whoever we become, if our session ends meanwhile, leaves too. */
function handOver(group: Leaving, report: Report): Observable<ShutdownProgress> {
  return group.member$.pipe(
    filter((member) => member !== undefined),
    switchMap((member) => group.announce(member, true)),
    switchMap(() => rolesLeft(group)),
    takeWhile((still) => still > 0),
    map((still) => report('handing-over', still)),
  );
}

function leave(group: Leaving, report: Report): Observable<ShutdownProgress> {
  const leaving = () => report('leaving', busy(group).length);
  const ended$ = merge(group.changes$.pipe(map(leaving)), group.stop());
  return concat(
    defer(() => of(leaving())),
    ended$,
    defer(() => from(group.resign())).pipe(map(() => report('left', busy(group).length))),
  );
}

function stay(group: Leaving, report: Report): Observable<ShutdownProgress> {
  group.accept('any');
  const recalled$ = group.member$.pipe(
    take(1),
    switchMap((member) => (member ? group.announce(member, false) : EMPTY)),
    ignoreElements(),
  );
  return concat(
    recalled$,
    rolesLeft(group).pipe(
      take(1),
      map((still) => report('stayed', still)),
    ),
  );
}
