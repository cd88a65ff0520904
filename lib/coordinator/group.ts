/**
 * A role group: many roles over the processes that are there, each role owned by one of them, on one session and one
 * ephemeral znode per process.
 */
import {
  BehaviorSubject,
  catchError,
  combineLatest,
  defer,
  EMPTY,
  filter,
  firstValueFrom,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  type Observable,
  ReplaySubject,
  share,
  shareReplay,
  startWith,
  tap,
} from 'rxjs';
import type { Backend } from '../election/election.js';
import type { Leadership } from '../election/leadership.js';
import { hasStore, type Store } from '../election/store.js';
import { UnsupportedError } from '../errors.js';
import { type GroupAdmin, groupAdmin } from './admin.js';
import { balancing } from './balancing.js';
import { type GroupConfig, openGroup } from './config.js';
import { writeEligible } from './eligible.js';
import { NoSuchRoleError, NotCoordinatorError } from './errors.js';
import type { FencedOutcome } from './fenced.js';
import { type ResolvedGroupOptions, type RoleGroupOptions, resolveGroupOptions } from './group-options.js';
import type { RoleState } from './handler.js';
import { type RoleChange, runRoles } from './local-roles.js';
import { type Member, membership } from './member.js';
import { type MemberView, type NodeOption, viewsOf } from './members.js';
import { assigned, changeNode, failures } from './own-node.js';
import { type ShutdownOptions, type ShutdownProgress, shutdown } from './shutdown.js';
import { within, withStore } from './znodes.js';

export interface RoleGroup<S> extends AsyncDisposable {
  /** What all members agree on. */
  readonly config: GroupConfig;
  /** Who is there. Cold; shared while used. */
  readonly members$: Observable<ReadonlyMap<string, MemberView>>;
  /** Whether this process balances: a leadership like any other. */
  readonly balancer$: Observable<Leadership>;
  /** What becomes of each role in this process. Hot; errors only where retrying cannot help; completes when the group is closed. */
  readonly roles$: Observable<RoleChange<S>>;
  role(id: string): RoleView<S>;
  /**
   * Says who may own a role from now on, as the one that serves it: written in its term or not at all. While none of them is
   * there the role has nobody, unless an operator says `electUnclean`. Rejects with NotCoordinatorError, NoSuchRoleError,
   * InvalidOptionError.
   */
  setEligible(role: string, nodes: readonly string[]): Promise<FencedOutcome>;
  readonly admin: GroupAdmin;
  /** Hands every role over, then leaves. Begins at once, whether or not anybody listens; replays; asked again, the same. */
  shutdown(options?: ShutdownOptions): Observable<ShutdownProgress>;
  /** Gives every role up without waiting for others to take over, and leaves. The backend stays open. Never rejects. */
  close(): Promise<void>;
}

/** One role, as it is in this process. */
export interface RoleView<S> {
  readonly state: RoleState<S>;
  /** Replays. */
  readonly state$: Observable<RoleState<S>>;
}

/**
 * Joins the group, making it if it is not there. Rejects with InvalidOptionError (also where the group has other roles),
 * UnsupportedError (a backend that lends no store), DeadlineError.
 */
export async function openRoleGroup<S>(backend: Backend, given: RoleGroupOptions<S>): Promise<RoleGroup<S>> {
  const options = resolveGroupOptions(given);
  const store = storeOf(backend);
  const { layout, roles, role, openTimeoutMs } = options;
  const opened$ = withStore(store, role.clock, (session) => openGroup(session, layout, roles));
  const config = await firstValueFrom(
    opened$.pipe(within(`The opening of the group at ${layout.root}`, openTimeoutMs, role.clock)),
  );
  return join(backend, store, config, options);
}

/** Throws UnsupportedError. */
export function storeOf(backend: Backend): Store {
  if (hasStore(backend)) return backend.store;
  throw new UnsupportedError('A role group needs a backend that lends its store: use ZooKeeper.');
}

function join<S>(backend: Backend, store: Store, config: GroupConfig, options: ResolvedGroupOptions<S>): RoleGroup<S> {
  const { layout, node, role, ids } = options;
  const { clock, logger } = role;
  const { candidacy, place$ } = store.campaign<NodeOption>(layout.members, { id: node.id, data: node });
  const { participants$ } = backend.election<NodeOption>(layout.members);
  const accepted$ = new BehaviorSubject<ReadonlySet<string> | 'any'>('any');
  const stop$ = new ReplaySubject<void>(1);
  const states = new Map<string, RoleChange<S>>();

  const member$ = membership(place$, node.id, clock).pipe(shareReplay({ bufferSize: 1, refCount: true }));
  const mine$ = combineLatest([assigned(store, options), accepted$]).pipe(
    map(([mine, accepted]) => (accepted === 'any' ? mine : new Set([...mine].filter((id) => accepted.has(id))))),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  const address = (id: string) => ({
    role: id,
    path: `${layout.roles}/${id}`,
    members: layout.members,
    incarnation: config.incarnation,
  });
  const { handler, loadConcurrency } = options;
  const changes$ = runRoles({ member$, mine$, stop$, address, handler, loadConcurrency, options: role }).pipe(
    tap((change) => states.set(change.role, change)),
    share({ resetOnComplete: false, resetOnError: false, resetOnRefCountZero: false }),
  );
  const balancer = candidacy.lead((term) => balancing(store, term, participants$, options));
  const background = merge(changes$, member$, failures(store, changes$, options)).subscribe({
    error: (error) => logger.error({ error }, 'roles: the group cannot go on'),
  });

  const stop = () =>
    defer(() => {
      stop$.next();
      return changes$.pipe(
        ignoreElements(),
        catchError(() => EMPTY),
      );
    });
  const resign = async () => {
    await candidacy.resign();
    balancer.unsubscribe();
    background.unsubscribe();
  };
  const announce = (member: Member, leaving: boolean) =>
    changeNode(store, options, (record) => ({ ...record, leaving: leaving ? member.name : undefined }));
  let leaving$: Observable<ShutdownProgress> | undefined;
  const leave = (asked?: ShutdownOptions) => {
    const group = {
      member$,
      mine$,
      changes$,
      states,
      clock,
      accept: (roles: typeof accepted$.value) => accepted$.next(roles),
    };
    const progress$ = shutdown({ ...group, announce, stop, resign }, asked).pipe(
      tap(({ phase }) => {
        if (phase === 'stayed') leaving$ = undefined;
      }),
      shareReplay(),
    );
    progress$.subscribe({ error: (error) => logger.error({ error }, 'roles: the shutdown failed') });
    return progress$;
  };
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= lastValueFrom(stop(), { defaultValue: undefined }).then(resign);
    return closed;
  };
  return {
    config,
    members$: participants$.pipe(map(viewsOf)),
    balancer$: candidacy.leadership$,
    roles$: changes$,
    role: (id) => viewOf(id, ids.includes(id), layout.root, states, changes$),
    setEligible: async (id, nodes) => {
      const { serving } = viewOf(id, ids.includes(id), layout.root, states, changes$).state;
      if (!serving) throw new NotCoordinatorError(id);
      return writeEligible(serving.term, `${layout.eligible}/${id}`, nodes);
    },
    admin: groupAdmin(backend, store, layout, clock),
    shutdown: (asked) => {
      leaving$ ??= leave(asked);
      return leaving$;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function viewOf<S>(
  id: string,
  known: boolean,
  root: string,
  states: ReadonlyMap<string, RoleState<S>>,
  changes$: Observable<RoleChange<S>>,
): RoleView<S> {
  if (!known) throw new NoSuchRoleError(root, id);
  const state = (): RoleState<S> => states.get(id) ?? { phase: 'standby' };
  return {
    get state() {
      return state();
    },
    state$: defer(() => changes$.pipe(filter(({ role }) => role === id)).pipe(startWith(state()))),
  };
}
