/**
 * Raft's leader election, without its log. @pure
 *
 * After Diego Ongaro, "Consensus: Bridging Theory and Practice" (2014): terms and votes (3.3, 3.4), what is persisted
 * (3.8), transfer (3.10), leader stickiness (4.2.3), check-quorum and the lease (6.2, 6.4.1), pre-vote (9.6). Numbers in
 * the comments of this folder are its sections. Without a log there is nothing to be up to date with, so every voter is
 * as good a leader as any, and there is nothing to commit: a term is the fencing token, and the lease (`lease.ts`) is
 * what makes two believers impossible at one instant.
 */
import type { Effect, Machine, NodeId, PeerEvent, Standing, View } from '../machine.js';
import { beat, giveUp, lapse, onHeartbeat, onHeartbeatReply, successor } from './leader.js';
import { believesUntil } from './lease.js';
import { decode, type RaftMessage } from './messages.js';
import type { Group } from './options.js';
import { begin, toRecord } from './record.js';
import {
  change,
  follow,
  type RaftInput,
  type RaftRecord,
  type RaftState,
  say,
  slotMs,
  type Turn,
  waitMs,
} from './state.js';
import { askAround, onPreVote, onPreVoteReply, onTimeoutNow, onVote, onVoteReply, standNow } from './votes.js';

export type RaftMachine = Machine<RaftState, RaftMessage, RaftRecord>;

type RaftEffect = Effect<RaftMessage, RaftRecord>;

/** The machine of one node in a group that `resolveOptions` has checked. Its `init` throws InvalidOptionError. */
export function raftMachine(group: Group): RaftMachine {
  return {
    init: (saved) => begin(group, saved),
    step: (state, input) => step(group, state, input),
    view: (state) => view(group, state),
    decode,
  };
}

function step(group: Group, state: RaftState, { at, random, event }: RaftInput): readonly [RaftState, RaftEffect[]] {
  const turn = lapse({ group, at, random, state, sends: [] });
  return finish(react(turn, event));
}

function react(turn: Turn, event: PeerEvent<RaftMessage>): Turn {
  switch (event.type) {
    case 'start':
      return start(turn);
    case 'alarm':
      return onAlarm(change(turn, { alarmAt: undefined }));
    case 'message':
      return isHeard(turn.group, event.from) ? onMessage(turn, event.from, event.message) : turn;
    case 'stand':
      return stand(turn, event.standing);
    case 'release':
      return release(turn, event.to);
    case 'lost': // A hint; the promises to that node stand all the same.
    case 'members': // Voters are fixed.
      return turn;
  }
}

/** A crash took the memory of what was promised: for a whole promise this node votes for nobody, nor for itself. */
function start(turn: Turn): Turn {
  const { at, group } = turn;
  return change(turn, { promisedUntil: at + group.promiseMs, dueAt: at + waitMs(turn) });
}

function onAlarm(turn: Turn): Turn {
  if (turn.at < turn.state.dueAt) return turn;
  return turn.state.role.is === 'leader' ? beat(turn) : askAround(turn);
}

const isHeard = ({ voters }: Group, from: NodeId) => voters.includes(from);

function onMessage(turn: Turn, from: NodeId, message: RaftMessage): Turn {
  if (message.type === 'heartbeat') return onHeartbeat(turn, from, message);
  if (!turn.group.isVoter) return turn;
  switch (message.type) {
    case 'pre-vote':
      return onPreVote(turn, from, message);
    case 'pre-vote-reply':
      return onPreVoteReply(turn, from, message);
    case 'vote':
      return onVote(turn, from, message);
    case 'vote-reply':
      return onVoteReply(turn, from, message);
    case 'heartbeat-reply':
      return onHeartbeatReply(turn, from, message);
    case 'timeout-now':
      return onTimeoutNow(turn, message);
  }
}

/** Who begins to stand where nobody leads does not wait a whole timeout any more: the others' promises protect the rest. */
function stand(turn: Turn, standing: Standing | undefined): Turn {
  if (!standing) return change(follow(release(turn, undefined)), { standing });
  const now = change(turn, { standing });
  const { leader, role, promisedUntil, dueAt } = now.state;
  if (leader !== undefined || role.is !== 'follower') return now;
  return change(now, { dueAt: Math.min(dueAt, Math.max(now.at, promisedUntil) + slotMs(now)) });
}

/** Transfer (3.10), but in the other order: first the belief ends, then somebody is asked to stand without waiting. */
function release(turn: Turn, to: NodeId | undefined): Turn {
  const { group, state } = turn;
  if (state.role.is !== 'leader') return turn;
  const next = to === undefined ? successor(turn) : to;
  const over = giveUp(turn);
  if (next === group.self) return standNow(over);
  return say(
    over,
    group.rivals.filter((node) => node === next),
    { type: 'timeout-now', term: state.term },
  );
}

/** First of all what must outlive a crash, then what is said, then when to call. */
function finish({ group, state, sends }: Turn): readonly [RaftState, RaftEffect[]] {
  const record = toRecord(group, state);
  const alarmAt = nextAlarm(group, state);
  const effects: RaftEffect[] = record ? [{ type: 'save', record }, ...sends] : [...sends];
  if (alarmAt !== state.alarmAt && Number.isFinite(alarmAt)) effects.push({ type: 'alarm', at: alarmAt });
  return [{ ...state, alarmAt, recorded: record ?? state.recorded }, effects];
}

function nextAlarm(group: Group, { role, dueAt }: RaftState): number {
  return role.is === 'leader' ? Math.min(dueAt, believesUntil(group, role)) : dueAt;
}

function view(
  group: Group,
  { term, leader, role, elections, heartbeatsSent, heartbeatsReceived, lastHeardAt }: RaftState,
): View {
  const leading = role.is === 'leader' ? { token: BigInt(term), until: believesUntil(group, role) } : undefined;
  return { term, leader, leading, statistics: { elections, heartbeatsSent, heartbeatsReceived, lastHeardAt } };
}
