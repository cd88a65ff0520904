/** A group as it is at one moment, for people: every role, every node. One read for each role. */
import { firstValueFrom, forkJoin, from, map, mergeMap, type Observable, switchMap, take, toArray } from 'rxjs';
import type { Backend, Participant } from '../election/election.js';
import type { Store, StoreSession } from '../election/store.js';
import { type Clock, checkDuration, systemClock } from '../options.js';
import { type GroupConfig, readConfig } from './config.js';
import { type Layout, layoutOf } from './layout.js';
import { type MemberView, type NodeOption, viewsOf } from './members.js';
import { decodeRoleRecord } from './record.js';
import { idsOf } from './roles.js';
import { decodeBalance, decodeNode, decodeTable, type NodeRecord } from './table.js';
import { read, within, withStore } from './znodes.js';

export interface RoleDescription {
  readonly role: string;
  /** Who should own it. */
  readonly desired: string | undefined;
  /** Who owns it; `undefined` while nobody does. */
  readonly owner: string | undefined;
  /** Of the last claim; 0 if there was none. */
  readonly term: number;
  /** The zxid of the claim, while it stands. */
  readonly token: bigint | undefined;
  /**
   * `owned`: by whom it should be. `moving`: not yet. `vacant`: released, or never claimed. `lost`: its owner is gone
   * without a word. How far a load has come is known to the owner alone.
   */
  readonly phase: 'owned' | 'moving' | 'vacant' | 'lost';
  /** Of the last claim or release, in ms since the epoch, by the store's clock. */
  readonly since: number | undefined;
}

export interface NodeDescription extends MemberView {
  readonly state: 'active' | 'draining' | 'leaving';
  readonly balancer: boolean;
  /** How many roles it should own, and does. */
  readonly desired: number;
  readonly owned: number;
}

export interface GroupDescription {
  readonly root: string;
  readonly incarnation: string;
  readonly balancer: string | undefined;
  /** Why balancing is paused. */
  readonly paused: string | undefined;
  readonly nodes: readonly NodeDescription[];
  readonly roles: readonly RoleDescription[];
}

/** How many records are asked for at once. */
const CONCURRENCY = 64;

export function describe(
  backend: Backend,
  store: Store,
  root: string,
  timeoutMs: number,
  clock: Clock = systemClock,
): Promise<GroupDescription> {
  const layout = layoutOf(root);
  const participants$ = backend.election<NodeOption>(layout.members).participants$.pipe(take(1));
  const described$ = withStore(store, clock, (session) =>
    readConfig(session, layout).pipe(switchMap((config) => look(session, layout, config, participants$))),
  );
  const deadlineMs = checkDuration('timeoutMs', timeoutMs, 1);
  return firstValueFrom(described$.pipe(within(`The description of the group at ${layout.root}`, deadlineMs, clock)));
}

type Participants = readonly Participant<NodeOption>[];

function look(
  session: StoreSession,
  layout: Layout,
  config: GroupConfig,
  participants$: Observable<Participants>,
): Observable<GroupDescription> {
  const parts$ = forkJoin([session.get(layout.assign), session.get(layout.balance), participants$]);
  return parts$.pipe(
    switchMap(([assign, balance, participants]) => {
      const { owners } = decodeTable(assign.data);
      const names = new Set(participants.map(({ name }) => name));
      const roles$ = from(idsOf(config.roles)).pipe(
        mergeMap((role) => roleAt(session, layout, role, owners.get(role), names), CONCURRENCY),
        toArray(),
      );
      return forkJoin([roles$, nodesAt(session, layout, participants)]).pipe(
        map(([roles, records]) => ({
          root: layout.root,
          incarnation: config.incarnation,
          balancer: balancerOf(participants)?.id,
          paused: decodeBalance(balance.data).paused,
          nodes: [...viewsOf(participants).values()].map((view) =>
            nodeOf(view, records.get(view.node), roles, balancerOf(participants)?.name),
          ),
          roles: roles.sort((a, b) => a.role.localeCompare(b.role, 'en', { numeric: true })),
        })),
      );
    }),
  );
}

const balancerOf = (participants: Participants) => participants.find(({ role }) => role === 'leader');

function roleAt(
  session: StoreSession,
  { roles }: Layout,
  role: string,
  desired: string | undefined,
  members: ReadonlySet<string>,
): Observable<RoleDescription> {
  return read(session, `${roles}/${role}`).pipe(
    map((found) => {
      const record = found && decodeRoleRecord(found.data);
      if (!found || !record)
        return { role, desired, owner: undefined, term: 0, token: undefined, phase: 'vacant', since: undefined };
      const held = !record.released && members.has(record.member);
      const phase = record.released ? 'vacant' : !held ? 'lost' : record.owner === desired ? 'owned' : 'moving';
      const [owner, token] = held ? [record.owner, found.mzxid] : [undefined, undefined];
      return { role, desired, owner, term: record.term, token, phase, since: found.mtime };
    }),
  );
}

function nodesAt(
  session: StoreSession,
  { nodes }: Layout,
  participants: Participants,
): Observable<ReadonlyMap<string, NodeRecord>> {
  return from(new Set(participants.map(({ id }) => id))).pipe(
    mergeMap((id) => read(session, `${nodes}/${id}`).pipe(map((found) => [id, found] as const)), CONCURRENCY),
    toArray(),
    map((all) => new Map(all.flatMap(([id, found]) => (found ? [[id, decodeNode(found.data)] as const] : [])))),
  );
}

function nodeOf(
  view: MemberView,
  record: NodeRecord | undefined,
  roles: readonly RoleDescription[],
  balancer: string | undefined,
): NodeDescription {
  return {
    ...view,
    state: record?.leaving === view.name ? 'leaving' : record?.draining ? 'draining' : 'active',
    balancer: view.name === balancer,
    desired: roles.filter(({ desired }) => desired === view.node).length,
    owned: roles.filter(({ owner }) => owner === view.node).length,
  };
}
