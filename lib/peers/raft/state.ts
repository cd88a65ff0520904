/** What a node knows, and one turn of its machine. @pure */
import type { Effect, Input, NodeId, Standing } from '../machine.js';
import type { RaftMessage } from './messages.js';
import type { Group } from './options.js';

export type Role =
  | { readonly is: 'follower' }
  /** Asks whether it would be elected, before it takes a new term. */
  | { readonly is: 'pre-candidate'; readonly granted: ReadonlySet<NodeId> }
  /** `askedAt`: when it sent its requests. */
  | { readonly is: 'candidate'; readonly granted: ReadonlySet<NodeId>; readonly askedAt: number }
  /** `sentAt`: its newest heartbeats; `answered`: when those were sent that each voter has answered last. */
  | { readonly is: 'leader'; readonly sentAt: number; readonly answered: ReadonlyMap<NodeId, number> };

/** What a crash must not take (3.8), and whose term and vote it is. */
export interface RaftRecord {
  readonly voters: readonly NodeId[];
  readonly term: number;
  readonly votedFor: NodeId | null;
}

export interface RaftState {
  readonly term: number;
  /** In this term. */
  readonly votedFor: NodeId | undefined;
  readonly role: Role;
  readonly leader: NodeId | undefined;
  /** With which this node stands; `undefined` if it does not want to lead. It votes all the same. */
  readonly standing: Standing | undefined;
  /** Who else stands, as the leader said last; of a leader, as each said itself. */
  readonly roster: ReadonlyMap<NodeId, Standing>;
  readonly promisedUntil: number;
  /** When to send heartbeats, or to stop waiting for a leader; Infinity: never. */
  readonly dueAt: number;
  /** For when the shell was asked to call. */
  readonly alarmAt: number | undefined;
  /** What the shell was told to save last. */
  readonly recorded: RaftRecord | undefined;
  readonly elections: number;
  readonly heartbeatsSent: number;
  readonly heartbeatsReceived: number;
  readonly lastHeardAt: number | undefined;
}

/** One input being worked on: the state so far, and what is to be said. */
export interface Turn {
  readonly group: Group;
  readonly at: number;
  readonly random: number;
  readonly state: RaftState;
  readonly sends: readonly Effect<RaftMessage, RaftRecord>[];
}

export type RaftInput = Input<RaftMessage>;

export function change(turn: Turn, changed: Partial<RaftState>): Turn {
  return { ...turn, state: { ...turn.state, ...changed } };
}

export function say(turn: Turn, to: readonly NodeId[], message: RaftMessage): Turn {
  const sends = to.map((node) => ({ type: 'send', to: node, message }) as const);
  return { ...turn, sends: [...turn.sends, ...sends] };
}

/** Stops whatever it was; a leader begins to wait for the next one. */
export function follow(turn: Turn): Turn {
  const led = turn.state.role.is === 'leader';
  const waiting = led ? { leader: undefined, dueAt: turn.at + waitMs(turn) } : {};
  return change(turn, { ...waiting, role: { is: 'follower' } });
}

/** A larger term: whatever belonged to the smaller one is over (3.3). */
export function adopt(turn: Turn, term: number): Turn {
  if (term <= turn.state.term) return turn;
  return change(follow(turn), { term, votedFor: undefined, leader: undefined });
}

/** How long to wait for a leader (3.4). */
export function waitMs(turn: Turn): number {
  return turn.group.promiseMs + slotMs(turn);
}

/**
 * The part of the spread that this node waits in addition. Those who stand divide it among themselves, the best first,
 * so that it tends to win; within its part chance decides, as where nothing is known of others.
 */
export function slotMs({ group, state, random }: Turn): number {
  const others = [...state.roster].filter(([node]) => node !== group.self && node !== state.leader);
  const own = state.standing;
  const ahead = own ? others.filter((other) => isBetter(other, [group.self, own])).length : others.length;
  return (group.spreadMs * (ahead + random)) / (others.length + 1);
}

/** Heavier first, then who has stood for longer, then by name. */
export function isBetter([nodeA, a]: [NodeId, Standing], [nodeB, b]: [NodeId, Standing]): boolean {
  if (a.weight !== b.weight) return a.weight > b.weight;
  return a.order === b.order ? nodeA < nodeB : a.order < b.order;
}
