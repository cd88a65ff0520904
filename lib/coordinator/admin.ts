/** What an operator may do to a group, without being in it. */
import { filter, firstValueFrom, forkJoin, map, type Observable, switchMap, take } from 'rxjs';
import type { Backend } from '../election/election.js';
import type { Store, StoreSession } from '../election/store.js';
import { type Clock, checkDuration, checkOneOf, checkText } from '../options.js';
import { readConfig } from './config.js';
import type { Epoch } from './epoch.js';
import { NodeUnavailableError, NoSuchRoleError } from './errors.js';
import { checkId, type Layout } from './layout.js';
import { type NodeOption, viewsOf } from './members.js';
import { decodeRoleRecord } from './record.js';
import { idsOf } from './roles.js';
import {
  type Balance,
  decodeBalance,
  decodeEligible,
  decodeNode,
  decodeTable,
  encodeBalance,
  encodeNode,
  type Order,
} from './table.js';
import { follow, read, update, within, withStore } from './znodes.js';

export interface Patience {
  /** How long to wait, in ms. Past it DeadlineError; what was ordered stays ordered. @default 30000 */
  readonly deadlineMs?: number;
}

export interface RoleMove {
  readonly role: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** All of them reject with NoSuchGroupError, DeadlineError. */
export interface GroupAdmin {
  /**
   * Moves a role, also to where it has failed lately, and waits until its new owner has claimed it. It stays there while
   * that node is a member. Rejects with NoSuchRoleError, NodeUnavailableError (also for a node that is shutting down).
   */
  transfer(role: string, to: string, options?: Patience): Promise<Epoch>;
  /**
   * Moves roles (all of them) to their preferred nodes, however short those have been back, also such as were transferred
   * elsewhere; not to where one has failed lately. Tells what was moved.
   * Rejects with NoSuchRoleError, and has moved none then.
   */
  electPreferred(roles?: readonly string[], options?: Patience): Promise<readonly RoleMove[]>;
  /** Gives a role to a node that may lack what makes a node eligible; from then on that node alone is. */
  electUnclean(role: string, to: string, acknowledge: 'may-lose-data', options?: Patience): Promise<Epoch>;
  /** A node gets no more roles, and loses those it has, until `undrain`; also if it is not there just now. */
  drain(node: string): Promise<void>;
  undrain(node: string): Promise<void>;
  /** No role is moved for the sake of balance, until `resumeBalancing`. Roles without an owner are placed all the same. */
  pauseBalancing(reason: string): Promise<void>;
  resumeBalancing(): Promise<void>;
}

const PATIENCE_MS = 30_000;

/** Does no I/O of its own. */
export function groupAdmin(backend: Backend, store: Store, layout: Layout, clock: Clock): GroupAdmin {
  const ask = <T>(what: string, given: Patience | undefined, request: (session: StoreSession) => Observable<T>) => {
    const deadlineMs = checkDuration('deadlineMs', given?.deadlineMs ?? PATIENCE_MS, 1);
    const asked$ = withStore(store, clock, (session) =>
      readConfig(session, layout).pipe(switchMap((config) => request(session).pipe(map((said) => ({ said, config }))))),
    );
    return firstValueFrom(asked$.pipe(within(what, deadlineMs, clock)));
  };
  const members$ = backend.election<NodeOption>(layout.members).participants$.pipe(take(1), map(viewsOf));
  const order = (session: StoreSession, orders: Readonly<Record<string, Order>>) =>
    changeBalance(session, layout, (balance) => ({ ...balance, orders: { ...balance.orders, ...orders } }));

  const move = async (role: string, order_: Extract<Order, { to: string }>, patience?: Patience): Promise<Epoch> => {
    const { to, kind } = order_;
    const { said, config } = await ask(`The move of ${role} to ${to}`, patience, (session) =>
      forkJoin([known(session, layout, role), members$, facts(session, layout, role, to)]).pipe(
        map(([, members, { draining, leaving, eligible }]) => {
          const member = members.get(to);
          if (!member) throw new NodeUnavailableError(to, 'absent');
          if (draining || leaving === member.name) throw new NodeUnavailableError(to, 'draining');
          if (!eligible && kind === 'transfer') throw new NodeUnavailableError(to, 'not eligible');
        }),
        switchMap(() => forgive(session, layout, role, to)),
        switchMap(() => order(session, { [role]: order_ })),
        switchMap(() => claimedBy(session, layout, role, to, clock)),
      ),
    );
    return { role, term: said.term, token: said.token, incarnation: config.incarnation };
  };

  const electPreferred = async (roles?: readonly string[], patience?: Patience) => {
    const { said } = await ask('The election of preferred owners', patience, (session) =>
      readConfig(session, layout).pipe(
        map((config) => chosen(layout, idsOf(config.roles), roles)),
        switchMap((ids) => movesOf(session, layout, ids, order, clock)),
      ),
    );
    return said;
  };

  const changeNode = async (node: string, draining: boolean) => {
    const path = `${layout.nodes}/${checkId('node', node)}`;
    const change = (data: Uint8Array) => encodeNode({ ...decodeNode(data), draining });
    await ask(`The ${draining ? 'drain' : 'undrain'} of ${node}`, undefined, (session) =>
      update(session, path, change),
    );
  };
  const pause = async (paused: string | undefined) => {
    await ask('The order to the balancer', undefined, (session) =>
      changeBalance(session, layout, (balance) => ({ ...balance, paused })),
    );
  };
  return {
    transfer: (role, to, patience) => move(role, { kind: 'transfer', to: checkId('to', to) }, patience),
    electUnclean: async (role, to, acknowledge, patience) => {
      checkOneOf('acknowledge', acknowledge, ['may-lose-data']);
      return move(role, { kind: 'unclean', to: checkId('to', to) }, patience);
    },
    electPreferred,
    drain: (node) => changeNode(node, true),
    undrain: (node) => changeNode(node, false),
    pauseBalancing: async (reason) => pause(checkText('reason', reason)),
    resumeBalancing: () => pause(undefined),
  };
}

const changeBalance = (session: StoreSession, layout: Layout, change: (balance: Balance) => Balance) =>
  update(session, layout.balance, (data) => encodeBalance(change(decodeBalance(data))));

function known(session: StoreSession, layout: Layout, role: string): Observable<unknown> {
  return readConfig(session, layout).pipe(
    map(({ roles }) => {
      if (!idsOf(roles).includes(role)) throw new NoSuchRoleError(layout.root, role);
    }),
  );
}

/** An order outweighs that the role has failed there lately. */
function forgive(session: StoreSession, { nodes }: Layout, role: string, node: string): Observable<true> {
  return update(session, `${nodes}/${node}`, (data) => {
    const { failed, ...record } = decodeNode(data);
    const { [role]: until, ...others } = failed;
    return until === undefined ? undefined : encodeNode({ ...record, failed: others });
  });
}

/** All of them, unless some are named. Throws NoSuchRoleError. */
function chosen({ root }: Layout, all: readonly string[], named: readonly string[] = all): readonly string[] {
  const strange = named.find((role) => !all.includes(role));
  if (strange !== undefined) throw new NoSuchRoleError(root, strange);
  return named;
}

/** Whether a node drains, which of its members leaves, and whether it may have the role. */
function facts(session: StoreSession, layout: Layout, role: string, node: string) {
  return forkJoin([read(session, `${layout.nodes}/${node}`), read(session, `${layout.eligible}/${role}`)]).pipe(
    map(([record, eligible]) => ({
      ...decodeNode(record?.data ?? new Uint8Array()),
      eligible: (eligible && decodeEligible(eligible.data)?.includes(node)) ?? true,
    })),
  );
}

/** Emits once, when that node has claimed the role. */
function claimedBy(session: StoreSession, { roles }: Layout, role: string, node: string, clock: Clock) {
  return follow(session, `${roles}/${role}`, clock).pipe(
    map(({ data, mzxid }) => ({ record: decodeRoleRecord(data), token: mzxid })),
    filter(({ record }) => record?.owner === node && !record.released),
    map(({ record, token }) => ({ term: record!.term, token })),
    take(1),
  );
}

/** Orders every role home, and emits once when the balancer has seen to it. */
function movesOf(
  session: StoreSession,
  layout: Layout,
  roles: readonly string[],
  order: (session: StoreSession, orders: Readonly<Record<string, Order>>) => Observable<unknown>,
  clock: Clock,
): Observable<readonly RoleMove[]> {
  const table$ = session.get(layout.assign).pipe(map(({ data }) => decodeTable(data).owners));
  const orders = Object.fromEntries(roles.map((role) => [role, { kind: 'preferred' } as const]));
  const obeyed$ = follow(session, layout.balance, clock).pipe(
    filter(({ data }) => roles.every((role) => decodeBalance(data).orders[role] === undefined)),
    take(1),
  );
  return table$.pipe(
    switchMap((before) =>
      order(session, orders).pipe(
        switchMap(() => obeyed$),
        switchMap(() => table$),
        map((after) =>
          roles
            .filter((role) => before.get(role) !== after.get(role))
            .map((role) => ({ role, from: before.get(role), to: after.get(role) })),
        ),
      ),
    ),
  );
}
