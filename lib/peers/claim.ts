/**
 * The safe part of bully, ring and voting: what a member promises. @pure
 *
 * The algorithm decides who should claim; the claim makes the leader. A member promises an epoch to one claimant only,
 * and for the promise time no other claimant anything, counted from when it *handled* the request. What it promised is
 * saved before it says so. A node that starts has forgotten until when, so it promises nobody else for one whole
 * promise time. `claimant.ts` is the other side: it believes for a lease that is shorter than the promise by what
 * clocks may drift, counted from when it *sent* what a quorum answered. So two beliefs never overlap where two quorums
 * always share a member (Gray and Cheriton, "Leases", SOSP 1989; Lamport's ballots, "The Part-Time Parliament", 1998).
 */
import type { Claimed, ClaimMessage } from './claim-messages.js';
import type { NodeId, Standing } from './machine.js';
import type { ResolvedQuorumOptions } from './quorum.js';

/** The leader, as far as its own messages tell. */
export interface Heard extends Claimed {
  readonly standing: Standing | undefined;
  readonly nominated: boolean;
  readonly at: number;
}

/** A try to become leader: first everybody is asked, then everybody is claimed from. */
export interface Attempt {
  readonly nominated: boolean;
  readonly until: number;
  readonly retryAt: number;
  /** When this phase began. */
  readonly since: number;
  /** What is claimed; undefined while asking. */
  readonly epoch: number | undefined;
  /** Who agreed, and when that was sent which it agreed to. */
  readonly yes: ReadonlyMap<NodeId, number>;
  /** The leader has been asked to give way. */
  readonly challenged: boolean;
  /** Who did not, and to whom it is bound. */
  readonly no: ReadonlyMap<NodeId, NodeId | undefined>;
  /** Best-effort only: whose silence counts as agreement in the end, but not at once. */
  readonly awaited: readonly NodeId[];
}

export interface Leading {
  readonly epoch: number;
  readonly nominated: boolean;
  /** When that was sent which each member answered last. */
  readonly proofs: ReadonlyMap<NodeId, number>;
  readonly renewAt: number;
}

export interface Claim {
  readonly members: readonly NodeId[];
  /** The largest epoch heard of. */
  readonly known: number;
  /** The last promise. */
  readonly promised: Claimed | undefined;
  /** Nobody but `to` is promised anything before `until`. */
  readonly bound: { readonly to: NodeId | undefined; readonly until: number };
  /** The last claim heard to be over. */
  readonly freed: Claimed | undefined;
  readonly heard: Heard | undefined;
  /** Before that, somebody who was nominated is to come. */
  readonly quietUntil: number;
  readonly attempt: Attempt | undefined;
  readonly leading: Leading | undefined;
}

export interface Send<M> {
  readonly to: NodeId;
  readonly message: M;
}
export type Turn = readonly [Claim, readonly Send<ClaimMessage>[]];

/** Before everything, by any clock. */
export const LONG_AGO = Number.NEGATIVE_INFINITY;

/** A claim before its node has started: it promises nothing. */
export function asleep(members: readonly NodeId[], known: number, promised: Claimed | undefined): Claim {
  return {
    members,
    known,
    promised,
    bound: { to: promised?.by, until: Number.POSITIVE_INFINITY },
    freed: undefined,
    heard: undefined,
    quietUntil: LONG_AGO,
    attempt: undefined,
    leading: undefined,
  };
}

/**
 * From a node's start on it is bound to whom it promised last: for how long, it has forgotten. Where silence counts as
 * agreement not even to itself: a leader it has not heard of may be asleep, within its lease.
 */
export function awaken({ promiseMs, quorum }: ResolvedQuorumOptions, claim: Claim, at: number): Claim {
  const to = quorum === 'majority' ? claim.bound.to : undefined;
  return { ...claim, bound: { to, until: at + promiseMs } };
}

/** Nobody leads, as far as this node knows, and nobody is about to. */
export function isVacant({ self }: ResolvedQuorumOptions, claim: Claim, at: number): boolean {
  return !claim.leading && !claim.heard && at >= claim.quietUntil && isFree(claim, self, at);
}

/** May this node promise something to `to`? */
export function isFree({ bound }: Claim, to: NodeId, at: number): boolean {
  return at >= bound.until || bound.to === to;
}

/** To an `ask`. One that hears a leader agrees to nobody else: a cut link of one node is no reason to change the leader. */
export function offerTo(claim: Claim, from: NodeId, at: number): Send<ClaimMessage> {
  const hearsAnother = claim.heard !== undefined && claim.heard.by !== from;
  const free = isFree(claim, from, at) && !hearsAnother;
  const { bound, known } = claim;
  if (free || at >= bound.until) return { to: from, message: { type: 'offer', free, known, afterMs: 0 } };
  const message = { type: 'offer', free, known, afterMs: bound.until - at, boundTo: bound.to } as const;
  return { to: from, message };
}

/** To a `claim` or a `renew`. */
export function promise(
  options: ResolvedQuorumOptions,
  claim: Claim,
  from: NodeId,
  { epoch, sent }: { readonly epoch: number; readonly sent: number },
  at: number,
): Turn {
  if (!mayPromise(claim, { epoch, by: from }, at))
    return [claim, [{ to: from, message: { type: 'refuse', epoch, known: claim.known } }]];
  return [bind(options, claim, { epoch, by: from }, at), [{ to: from, message: { type: 'promise', epoch, sent } }]];
}

function mayPromise(claim: Claim, asked: Claimed, at: number): boolean {
  if (!isFree(claim, asked.by, at) || asked.epoch < claim.known || covers(claim.freed, asked)) return false;
  return !claim.promised || asked.epoch > claim.promised.epoch || isSame(claim.promised, asked);
}

/** The promise itself. Whoever calls this saves `promised` before anything is sent. */
export function bind({ promiseMs }: ResolvedQuorumOptions, claim: Claim, to: Claimed, at: number): Claim {
  const known = Math.max(claim.known, to.epoch);
  return { ...claim, known, promised: to, bound: { to: to.by, until: at + promiseMs } };
}

/** A claim is over, its holder said, and all its earlier ones are: whoever promised it is free. */
export function free(claim: Claim, over: Claimed | undefined): Claim {
  if (!over || over.epoch < (claim.freed?.epoch ?? 0)) return claim;
  const heard = covers(over, claim.heard) ? undefined : claim.heard;
  if (!covers(over, claim.promised)) return { ...claim, heard, freed: over };
  return { ...claim, heard, freed: over, bound: { to: undefined, until: LONG_AGO } };
}

/** To a `release`. */
export function released(claim: Claim, over: Claimed, quietUntil: number): Claim {
  return { ...free(claim, over), known: Math.max(claim.known, over.epoch), quietUntil };
}

/** The leader has spoken, or somebody spoke for it. One of a smaller epoch than the largest known is none. */
export function hear(claim: Claim, heard: Heard): Claim {
  if (heard.epoch < claim.known || covers(claim.freed, heard)) return claim;
  const known = isSame(claim.heard, heard) ? claim.heard : undefined;
  const standing = heard.standing ?? known?.standing;
  return { ...claim, known: heard.epoch, heard: { ...heard, standing }, quietUntil: LONG_AGO };
}

/** A leader that has not been heard of for a promise time is none. */
export function forget({ promiseMs }: ResolvedQuorumOptions, claim: Claim, at: number): Claim {
  return claim.heard && at >= claim.heard.at + promiseMs ? { ...claim, heard: undefined } : claim;
}

const isSame = (a: Claimed | undefined, b: Claimed): boolean => a?.epoch === b.epoch && a.by === b.by;
const covers = (over: Claimed | undefined, claimed: Claimed | undefined): boolean =>
  over !== undefined && claimed?.by === over.by && claimed.epoch <= over.epoch;
