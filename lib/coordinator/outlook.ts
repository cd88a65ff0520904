/** What the balancer looks at, put together from what it watches. */
import { combineLatest, map, type Observable } from 'rxjs';
import type { StoreSession } from '../election/store.js';
import type { Clock } from '../options.js';
import type { Assigner } from './assigner.js';
import type { Layout } from './layout.js';
import { candidatesOf, type Presence } from './members.js';
import type { Outlook } from './plan.js';
import { type Balance, decodeBalance, decodeEligible, decodeNode, type NodeRecord } from './table.js';
import { follow, followChildren } from './znodes.js';

/** Everything that the balancer watches besides its own table. */
export interface Scene {
  readonly presence: Presence;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  readonly eligible: ReadonlyMap<string, readonly string[]>;
  readonly balance: Balance;
  /** Of the znode that holds it. */
  readonly balanceVersion: number;
}

export interface Policy {
  readonly roles: readonly string[];
  readonly preferred: ReadonlyMap<string, readonly string[]>;
  readonly assigner: Assigner;
  readonly moves: Moves;
}

/** How fast, and how soon, roles are moved. */
export interface Moves {
  readonly maxInFlight: number;
  readonly settleMs: number;
  readonly failbackAfterMs: number;
  readonly paceMs: number;
  readonly timeoutMs: number;
}

export function scenes(
  session: StoreSession,
  layout: Layout,
  presence$: Observable<Presence>,
  clock: Clock,
): Observable<Scene> {
  const eligible$ = followChildren(session, layout.eligible, decodeEligible, clock);
  return combineLatest({
    presence: presence$,
    nodes: followChildren(session, layout.nodes, decodeNode, clock),
    eligible: eligible$ as Observable<ReadonlyMap<string, readonly string[]>>,
    balance: follow(session, layout.balance, clock),
  }).pipe(
    map(({ balance, ...rest }) => ({
      ...rest,
      balance: decodeBalance(balance.data),
      balanceVersion: balance.version,
    })),
  );
}

/** When somebody looks: by both clocks, so that what is seen and what comes next are told from one instant. */
export interface Look {
  readonly now: number;
  readonly wall: number;
}

export function outlook(scene: Scene, { moves, ...policy }: Policy, { now, wall }: Look): Outlook {
  const { maxInFlight, settleMs, failbackAfterMs } = moves;
  return {
    ...policy,
    members: candidatesOf(scene.presence, scene.nodes, now),
    eligible: scene.eligible,
    avoid: failing(scene.nodes, wall),
    orders: scene.balance.orders,
    paused: scene.balance.paused !== undefined,
    calmForMs: now - scene.presence.changedAt,
    maxInFlight,
    settleMs,
    failbackAfterMs,
  };
}

/** Where each role has failed lately. */
function failing(nodes: Scene['nodes'], wall: number): ReadonlyMap<string, ReadonlySet<string>> {
  const avoid = new Map<string, Set<string>>();
  for (const [node, { failed }] of nodes)
    for (const [role, until] of Object.entries(failed))
      if (until > wall) avoid.set(role, new Set([...(avoid.get(role) ?? []), node]));
  return avoid;
}

/** When the same scene may mean something else than at that look, in ms after it; `undefined`: never. */
export function changesInMs(scene: Scene, { moves }: Policy, { now, wall }: Look): number | undefined {
  const { since, changedAt } = scene.presence;
  const instants = [changedAt + moves.settleMs, ...[...since.values()].map((at) => at + moves.failbackAfterMs)];
  const untils = [...scene.nodes.values()].flatMap(({ failed }) => Object.values(failed));
  const waits = [...instants.map((at) => at - now), ...untils.map((until) => until - wall)];
  const ahead = waits.filter((ms) => ms > 0);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}
