/**
 * How long a leader may believe in itself, and what its voters promise. @pure
 *
 * A voter that handles a leader's heartbeat, or grants a vote, promises to grant no other vote for `promiseMs` by its
 * own clock (Ongaro's dissertation, 4.2.3 and 6.4.1). A leader believes until `leaseMs` after the instant it *sent* the
 * newest heartbeats, or vote requests, that a majority has answered.
 *
 * Why no two believe at one instant: whoever is elected later needs the vote of somebody who answered the earlier
 * leader. That voter handled the message after it was sent and promised for `promiseMs` from then on, so the later
 * leader begins at least `promiseMs` of the voter's clock after that sending; the earlier one ends `leaseMs` of its own
 * clock after it. With both clocks within the drift, `leaseMs = promiseMs × (1 − drift) / (1 + drift)` is over first.
 *
 * What could undo a promise does not. A crash: whoever starts again refuses votes for a whole promise. A transfer, whose
 * request overrides promises: a leader starts one only once its own belief has ended, and the request is for the very
 * next term, so it overrides nothing given to a later leader: in that term everybody votes once.
 */
import type { NodeId } from '../machine.js';
import type { Group } from './options.js';
import type { RaftState, Role } from './state.js';

export type Leading = Extract<Role, { readonly is: 'leader' }>;

/** The longest belief that is over before a promise made no earlier is, whatever the clocks do within the drift. */
export function leaseFor(promiseMs: number, clockDrift: number): number {
  return Math.floor((promiseMs * (1 - clockDrift)) / (1 + clockDrift));
}

/** When a leader's belief ends, by its own clock. */
export function believesUntil({ voters, majority, leaseMs }: Group, { answered }: Leading): number {
  const sent = voters.map((node) => answered.get(node) ?? Number.NEGATIVE_INFINITY).sort((a, b) => b - a);
  return sent[majority - 1]! + leaseMs;
}

/** `answered` with one more answer: that to what was sent at `sentAt`. Answers may overtake each other. */
export function withAnswer({ answered }: Leading, from: NodeId, sentAt: number): ReadonlyMap<NodeId, number> {
  return new Map(answered).set(from, Math.max(sentAt, answered.get(from) ?? sentAt));
}

/** May this node not vote for another yet? A leader keeps its promise to itself for as long as it leads. */
export function isBound({ role, promisedUntil }: RaftState, at: number): boolean {
  return role.is === 'leader' || at < promisedUntil;
}
