/** Who is in the group, as the balancer and its users see it. */
import { map, type Observable, scan } from 'rxjs';
import type { Participant } from '../election/election.js';
import type { Clock } from '../options.js';
import type { Candidate } from './assigner.js';
import type { NodeRecord } from './table.js';

/** What a process publishes of itself. */
export interface NodeOption {
  /** Unique among the processes, and the same after a restart: roles are remembered by it. */
  readonly id: string;
  /** Where its clients reach it, such as `host:port`. */
  readonly address: string;
  /** Nodes of one zone tend to fail together. */
  readonly zone?: string;
  /** Its share of the roles, relative to the others'. @default 1 */
  readonly weight?: number;
  /** Whatever else others should know; JSON. */
  readonly meta?: unknown;
}

export interface MemberView {
  readonly node: string;
  readonly address: string;
  readonly zone: string | undefined;
  readonly weight: number;
  readonly meta: unknown;
  /** Name of its znode: another one after each restart. */
  readonly name: string;
  /** When it became a member, in ms since the epoch, by the store's clock. */
  readonly since: number | undefined;
}

/** By node. Of two on one node (a restart whose old session has not ended yet) the younger counts. */
export const viewsOf = (participants: readonly Participant<NodeOption>[]): ReadonlyMap<string, MemberView> =>
  new Map(participants.map(viewOf).map((view) => [view.node, view]));

function viewOf({ id, data, name, since }: Participant<NodeOption>): MemberView {
  const weight = data?.weight !== undefined && data.weight > 0 ? data.weight : 1;
  return { node: id, address: data?.address ?? '', zone: data?.zone, weight, meta: data?.meta, name, since };
}

/** Who is there, and since when by our own clock: clocks of two machines are never compared closely. */
export interface Presence {
  readonly members: ReadonlyMap<string, MemberView>;
  /** By the name of the znode. */
  readonly since: ReadonlyMap<string, number>;
  /** When somebody last came or went. */
  readonly changedAt: number;
}

export function presence(
  participants$: Observable<readonly Participant<NodeOption>[]>,
  clock: Clock,
): Observable<Presence> {
  const nobody: Presence = { members: new Map(), since: new Map(), changedAt: clock.now() };
  return participants$.pipe(
    map(viewsOf),
    scan((before, members) => arrived(before, members, clock), nobody),
  );
}

function arrived(before: Presence, members: Presence['members'], clock: Clock): Presence {
  const now = clock.now();
  const age = ({ since }: MemberView) => Math.max(0, clock.wall() - (since ?? clock.wall()));
  const entries = [...members.values()].map(
    (view) => [view.name, before.since.get(view.name) ?? now - age(view)] as const,
  );
  const since = new Map(entries);
  const same = since.size === before.since.size && entries.every(([name]) => before.since.has(name));
  return { members, since, changedAt: same ? before.changedAt : now };
}

/** As the assigner wants to know them. */
export const candidatesOf = (
  { members, since }: Presence,
  nodes: ReadonlyMap<string, NodeRecord>,
  now: number,
): readonly Candidate[] =>
  [...members.values()].map(({ node, weight, zone, name }) => ({
    node,
    weight,
    zone,
    forMs: now - (since.get(name) ?? now),
    state: stateOf(nodes.get(node), name),
  }));

const stateOf = (record: NodeRecord | undefined, name: string): 'active' | 'draining' | 'leaving' =>
  record?.leaving === name ? 'leaving' : record?.draining ? 'draining' : 'active';
