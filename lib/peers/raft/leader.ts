/** What a leader does: heartbeats, their answers, and its end. @pure */
import type { NodeId, Standing } from '../machine.js';
import { believesUntil, withAnswer } from './lease.js';
import type { RaftMessage, RosterEntry } from './messages.js';
import { adopt, change, follow, isBetter, say, type Turn, waitMs } from './state.js';

type Message<T extends RaftMessage['type']> = Extract<RaftMessage, { readonly type: T }>;

/** Sends heartbeats to everybody (3.4); to itself it has said so at once. */
export function beat(turn: Turn): Turn {
  const { group, state, at } = turn;
  const { role, term, heartbeatsSent } = state;
  if (role.is !== 'leader') return turn;
  const leading = { ...role, sentAt: at, answered: withAnswer(role, group.self, at) };
  const dueAt = at + group.heartbeatMs;
  const beaten = change(turn, { role: leading, dueAt, heartbeatsSent: heartbeatsSent + group.peers.length });
  return say(beaten, group.peers, { type: 'heartbeat', term, sentAt: at, roster: rosterOf(turn) });
}

function rosterOf({ group, state }: Turn): readonly RosterEntry[] {
  const all = new Map(state.roster);
  if (state.standing) all.set(group.self, state.standing);
  return [...all].map(([node, { weight, order }]) => [node, weight, order]);
}

/** Follows whoever leads the term, and promises; tells a deposed leader of the newer term. Observers say nothing. */
export function onHeartbeat(turn: Turn, from: NodeId, heartbeat: Message<'heartbeat'>): Turn {
  const { sentAt, term } = heartbeat;
  const now = term < turn.state.term ? turn : hear(adopt(turn, term), from, heartbeat);
  const standing = now.state.standing ?? null;
  const reply = { type: 'heartbeat-reply', term: now.state.term, sentAt, standing } as const;
  return turn.group.isVoter ? say(now, [from], reply) : now;
}

function hear(turn: Turn, leader: NodeId, { roster: entries }: Message<'heartbeat'>): Turn {
  const { at, group, state } = turn;
  const roster = new Map(entries.map(([node, weight, order]) => [node, { weight, order }]));
  const statistics = { heartbeatsReceived: state.heartbeatsReceived + 1, lastHeardAt: at };
  const following = change(follow(turn), { ...statistics, leader, roster, promisedUntil: at + group.promiseMs });
  return change(following, { dueAt: at + waitMs(following) });
}

/** The lease counts from when the heartbeat was sent: its answer may be of any age. */
export function onHeartbeatReply(turn: Turn, from: NodeId, reply: Message<'heartbeat-reply'>): Turn {
  const { role, term, roster } = turn.state;
  if (reply.term > term) return adopt(turn, reply.term);
  if (role.is !== 'leader' || reply.term < term || reply.sentAt > role.sentAt) return turn;
  const leading = { ...role, answered: withAnswer(role, from, reply.sentAt) };
  return change(turn, { role: leading, roster: withStanding(roster, from, reply.standing) });
}

function withStanding(roster: ReadonlyMap<NodeId, Standing>, node: NodeId, standing: Standing | null) {
  const now = new Map(roster);
  if (standing) now.set(node, standing);
  else now.delete(node);
  return now;
}

/**
 * Check-quorum (6.2), with the lease for its bound: a leader that no majority has answered in time is none any more.
 * What comes later, however late it was sent, finds a follower: a token never leads twice.
 */
export function lapse(turn: Turn): Turn {
  const { role } = turn.state;
  return role.is === 'leader' && turn.at >= believesUntil(turn.group, role) ? follow(turn) : turn;
}

/** Ends the leadership and lets the others go first. */
export function giveUp(turn: Turn): Turn {
  const { promiseMs, spreadMs } = turn.group;
  return change(follow(turn), { dueAt: turn.at + promiseMs + spreadMs });
}

/** The best of those who stand and have answered within the lease. */
export function successor(turn: Turn): NodeId | undefined {
  const { group, state, at } = turn;
  const { role, roster } = state;
  if (role.is !== 'leader') return undefined;
  const answers = ([node]: [NodeId, Standing]) =>
    (role.answered.get(node) ?? Number.NEGATIVE_INFINITY) + group.leaseMs > at;
  const [first, ...rest] = [...roster].filter((entry) => entry[0] !== group.self && answers(entry));
  return first && rest.reduce((best, other) => (isBetter(other, best) ? other : best), first)[0];
}
