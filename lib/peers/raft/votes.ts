/** How a leader is elected: pre-votes, votes, and the request to stand at once. @pure */
import type { NodeId } from '../machine.js';
import { beat } from './leader.js';
import { isBound } from './lease.js';
import type { RaftMessage } from './messages.js';
import { adopt, change, follow, say, slotMs, type Turn, waitMs } from './state.js';

type Message<T extends RaftMessage['type']> = Extract<RaftMessage, { readonly type: T }>;

/** No leader was heard of for long enough: it is forgotten, and whoever stands asks around before taking a term (9.6). */
export function askAround(turn: Turn): Turn {
  const { group, state, at } = turn;
  if (!mayLead(turn)) return change(turn, { leader: undefined, dueAt: Number.POSITIVE_INFINITY });
  const granted = new Set([group.self]);
  if (granted.size >= group.majority) return campaign(turn, false);
  const dueAt = at + group.heartbeatMs + slotMs(turn);
  const asking = change(turn, { role: { is: 'pre-candidate', granted }, leader: undefined, dueAt });
  return say(asking, group.rivals, { type: 'pre-vote', term: state.term + 1 });
}

const mayLead = ({ group, state }: Turn): boolean => group.isVoter && state.standing !== undefined;

/** Takes the next term and votes for itself (3.4). It waited longer than any promise it gave, or was told not to wait. */
function campaign(turn: Turn, transfer: boolean): Turn {
  const { group, at } = turn;
  const term = turn.state.term + 1;
  const role = { is: 'candidate', granted: new Set([group.self]), askedAt: at } as const;
  const elections = turn.state.elections + 1;
  const own = { term, votedFor: group.self, role, leader: undefined, dueAt: at + waitMs(turn), elections };
  return count(say(change(turn, own), group.rivals, { type: 'vote', term, transfer }));
}

/** Leads with a majority. Votes that came after the lease they would have begun are of no use any more. */
function count(turn: Turn): Turn {
  const { group, state, at } = turn;
  const { role } = state;
  if (role.is !== 'candidate' || role.granted.size < group.majority || at >= role.askedAt + group.leaseMs) return turn;
  const answered = new Map([...role.granted].map((node) => [node, role.askedAt]));
  return beat(change(turn, { role: { is: 'leader', sentAt: at, answered }, leader: group.self }));
}

/** There is no log, so nobody's is to be up to date (3.6.1); a voter that hears from a leader says no (4.2.3). */
export function onPreVote(turn: Turn, from: NodeId, { term }: Message<'pre-vote'>): Turn {
  const known = turn.state.term;
  const granted = term > known && !isBound(turn.state, turn.at);
  return say(turn, [from], { type: 'pre-vote-reply', term, known, granted });
}

export function onPreVoteReply(turn: Turn, from: NodeId, { term, known, granted }: Message<'pre-vote-reply'>): Turn {
  const { role, term: own } = turn.state;
  if (known > own) return adopt(turn, known);
  if (role.is !== 'pre-candidate' || !granted || term !== own + 1) return turn;
  const all = new Set(role.granted).add(from);
  const asking = change(turn, { role: { ...role, granted: all } });
  return all.size >= turn.group.majority ? campaign(asking, false) : asking;
}

/** Once in each term (3.4), and to nobody while bound by a promise, whose term then does not count either (4.2.3). */
export function onVote(turn: Turn, from: NodeId, { term, transfer }: Message<'vote'>): Turn {
  const refuse = (refused: Turn) =>
    say(refused, [from], { type: 'vote-reply', term: refused.state.term, granted: false });
  if (!transfer && isBound(turn.state, turn.at)) return refuse(turn);
  const now = adopt(turn, term);
  const { votedFor } = now.state;
  if (term < now.state.term || (votedFor !== undefined && votedFor !== from)) return refuse(now);
  return say(grant(now, from), [from], { type: 'vote-reply', term, granted: true });
}

function grant(turn: Turn, to: NodeId): Turn {
  const { at, group } = turn;
  return change(follow(turn), { votedFor: to, promisedUntil: at + group.promiseMs, dueAt: at + waitMs(turn) });
}

export function onVoteReply(turn: Turn, from: NodeId, { term, granted }: Message<'vote-reply'>): Turn {
  const { role, term: own } = turn.state;
  if (term > own) return adopt(turn, term);
  if (role.is !== 'candidate' || !granted || term < own) return turn;
  return count(change(turn, { role: { ...role, granted: new Set(role.granted).add(from) } }));
}

/** The leader of this term has given up and wants us next (3.10): no waiting and no asking around. */
export function onTimeoutNow(turn: Turn, { term }: Message<'timeout-now'>): Turn {
  return term < turn.state.term ? turn : standNow(adopt(turn, term));
}

/** Only for the term after that of a leader which has ended its own belief. */
export function standNow(turn: Turn): Turn {
  return mayLead(turn) ? campaign(turn, true) : turn;
}
