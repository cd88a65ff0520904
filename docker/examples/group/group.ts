/**
 * A consumer group as its coordinator sees it: a state, and what each request makes of it. @pure
 *
 * A generation is formed when every member has joined it, and whoever has not has been silent for `sessionTimeoutMs`.
 * A member stops its work before it joins, and stops by itself when nothing it sent was acknowledged for that long; so
 * nobody works under two generations at once. While one is formed, heartbeats are answered `rebalance` and do not count.
 */
import type { Assigner, Assignment } from './assigners.js';

export interface Rules {
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  readonly assign: Assigner;
}

interface Member {
  readonly id: string;
  readonly heardAt: number;
  /** The generation that is being formed. */
  readonly joined: boolean;
}

/** What outlives a coordinator. */
export interface Kept {
  readonly generation: number;
  readonly assignment: Assignment;
  /** The next job of each partition. */
  readonly offsets: readonly number[];
}

export interface Group {
  readonly kept: Kept;
  readonly members: readonly Member[];
  /** Since when a generation is being formed; `undefined` while one stands. */
  readonly formingSince: number | undefined;
}

export type Request =
  | { readonly op: 'join'; readonly member: string }
  | { readonly op: 'sync' | 'heartbeat' | 'leave'; readonly member: string; readonly generation: number }
  | {
      readonly op: 'commit';
      readonly member: string;
      readonly generation: number;
      readonly partition: number;
      readonly offset: number;
    };

export type Refusal = 'unknown-member' | 'illegal-generation' | 'rebalance' | 'not-owner' | 'not-coordinator';

/** `undefined`: granted; a join is answered when its generation is formed. */
export interface Step {
  readonly group: Group;
  readonly refusal?: Refusal;
}

/** What a new coordinator starts from: everybody who was there has the whole timeout to be heard again. */
export function restore(kept: Kept | undefined, { partitions }: Rules, now: number): Group {
  const known = kept ?? { generation: 0, assignment: {}, offsets: Array.from({ length: partitions }, () => 0) };
  const members = Object.keys(known.assignment).map((id) => ({ id, heardAt: now, joined: false }));
  return { kept: known, members, formingSince: undefined };
}

export function handle(group: Group, request: Request, rules: Rules, now: number): Step {
  if (request.op === 'join') return { group: formed(join(group, request.member, now), rules, now) };
  const refusal = refusalOf(group, request);
  if (refusal) return { group, refusal };
  if (request.op === 'commit') return { group: commit(group, request.partition, request.offset) };
  if (request.op === 'leave')
    return {
      group: formed(
        without(group, ({ id }) => id === request.member, now),
        rules,
        now,
      ),
    };
  return { group: { ...group, members: heard(group.members, request.member, now) } };
}

/** Time has passed: whoever was silent for too long is out, and whoever has joined waits for the others. */
export function tick(group: Group, rules: Rules, now: number): Group {
  const isSilent = ({ joined, heardAt }: Member) => !joined && now - heardAt > rules.sessionTimeoutMs;
  return formed(without(group, isSilent, now), rules, now);
}

function refusalOf(
  { kept, members, formingSince }: Group,
  request: Exclude<Request, { op: 'join' }>,
): Refusal | undefined {
  if (!members.some(({ id }) => id === request.member)) return 'unknown-member';
  if (request.generation !== kept.generation) return 'illegal-generation';
  if (request.op === 'commit')
    return kept.assignment[request.member]?.includes(request.partition) ? undefined : 'not-owner';
  return formingSince !== undefined && request.op !== 'leave' ? 'rebalance' : undefined;
}

function join(group: Group, id: string, now: number): Group {
  const others = group.members.filter((member) => member.id !== id);
  return { ...forming(group, now), members: [...others, { id, heardAt: now, joined: true }] };
}

function without(group: Group, isOut: (member: Member) => boolean, now: number): Group {
  const members = group.members.filter((member) => !isOut(member));
  return members.length === group.members.length ? group : { ...forming(group, now), members };
}

const forming = (group: Group, now: number): Group => ({ ...group, formingSince: group.formingSince ?? now });

const heard = (members: readonly Member[], id: string, now: number) =>
  members.map((member) => (member.id === id ? { ...member, heardAt: now } : member));

function commit(group: Group, partition: number, offset: number): Group {
  const offsets = group.kept.offsets.map((old, n) => (n === partition ? Math.max(old, offset) : old));
  return { ...group, kept: { ...group.kept, offsets } };
}

/** The next generation, if there is one to be formed and nobody is waited for any more. */
function formed(group: Group, { assign, partitions }: Rules, now: number): Group {
  if (group.formingSince === undefined || !group.members.every(({ joined }) => joined)) return group;
  const ids = group.members.map(({ id }) => id).toSorted();
  const assignment = ids.length === 0 ? {} : assign(ids, partitions, group.kept.assignment);
  const kept = { ...group.kept, generation: group.kept.generation + 1, assignment };
  return { kept, members: ids.map((id) => ({ id, heardAt: now, joined: false })), formingSince: undefined };
}
