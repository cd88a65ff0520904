/**
 * The safe part of bully, ring and voting: how a node claims, and how long it believes. @pure
 *
 * First everybody is asked, so that a hopeless claim binds nobody and raises no epoch; then everybody is claimed from.
 * With a majority, as soon as a quorum has promised. Best-effort: as soon as everybody who answers has, nobody having
 * refused, and there are enough of them. See `claim.ts` for the members' side and for why this is safe.
 */
import { type Attempt, bind, type Claim, free, isFree, type Leading, LONG_AGO, type Send, type Turn } from './claim.js';
import type { Claimed, ClaimMessage } from './claim-messages.js';
import type { NodeId, Standing } from './machine.js';
import { needed, type ResolvedQuorumOptions } from './quorum.js';

/** How many answer times an attempt lasts. */
const PATIENCE = 3;
const NOBODY: ReadonlyMap<NodeId, undefined> = new Map();

/** How long one that should come next may take before others stop waiting for it, in ms. */
export const patienceMs = ({ answerMs }: ResolvedQuorumOptions): number => (PATIENCE + 1) * answerMs;

/** What a node knows when it acts. */
export interface Moment {
  readonly options: ResolvedQuorumOptions;
  readonly at: number;
  /** What this node stands with. */
  readonly standing: Standing;
}

type Offer = Extract<ClaimMessage, { type: 'offer' }>;

/** Begins to ask, unless it is at it already. */
export function attempt(moment: Moment, claim: Claim, nominated: boolean): Turn {
  if (claim.attempt || claim.leading) return [claim, []];
  return askAll(moment, claim, { nominated, until: moment.at + PATIENCE * moment.options.answerMs });
}

/** To an `offer`. */
export function offered(moment: Moment, claim: Claim, from: NodeId, offer: Offer): Turn {
  const learned = { ...claim, known: Math.max(claim.known, offer.known) };
  if (!claim.attempt || claim.attempt.epoch !== undefined) return [learned, []];
  if (offer.free) return conclude(moment, { ...learned, attempt: agreed(claim.attempt, from, moment.at) });
  const attempt = sooner(moment, refused(claim.attempt, from, offer.boundTo), offer.afterMs);
  const challenges = challenge(moment, learned, attempt);
  return [{ ...learned, attempt: { ...attempt, challenged: attempt.challenged || challenges.length > 0 } }, challenges];
}

/** Asks a lighter leader to give way, once all that keeps a quorum from promising is their promise to it: never in vain. */
function challenge(moment: Moment, claim: Claim, { yes, no, challenged }: Attempt): Send<ClaimMessage>[] {
  const { heard, members } = claim;
  if (challenged || !heard?.standing || heard.standing.weight >= moment.standing.weight) return [];
  const backing = 1 + yes.size + [...no.values()].filter((to) => to === heard.by).length;
  return backing < needed(moment.options.quorum, members.length) ? [] : askTo(moment, claim, [heard.by], heard.epoch);
}

/** To a `promise`. It proves when that was sent which it answers, whenever it arrives. */
export function proven(moment: Moment, claim: Claim, from: NodeId, epoch: number, sent: number): Turn {
  if (claim.leading?.epoch === epoch)
    return [{ ...claim, leading: { ...claim.leading, proofs: later(claim.leading.proofs, from, sent) } }, []];
  if (!claim.attempt || claim.attempt.epoch !== epoch) return [claim, []];
  return conclude(moment, { ...claim, attempt: agreed(claim.attempt, from, sent) });
}

/** To a `refuse`. A claim that cannot succeed any more starts again, with a larger epoch. */
export function denied(moment: Moment, claim: Claim, from: NodeId, epoch: number, known: number): Turn {
  const { options, at } = moment;
  const learned = { ...claim, known: Math.max(claim.known, known) };
  if (claim.leading && known > claim.leading.epoch) return giveUp(options, learned, at);
  if (!claim.attempt || claim.attempt.epoch !== epoch) return [learned, []];
  const attempt = refused(claim.attempt, from, undefined);
  const left = claim.members.length - attempt.no.size;
  const mayWin =
    options.quorum === 'majority' && known <= epoch && left >= needed(options.quorum, claim.members.length);
  return mayWin ? [{ ...learned, attempt }, []] : askAll(moment, learned, attempt);
}

/** Time has passed: the lease has run out, the heartbeat is due, an answer is late. */
export function tick(moment: Moment, claim: Claim): Turn {
  const { options, at } = moment;
  if (claim.leading) {
    if (at >= believesUntil(options, claim.members, claim.leading)) return giveUp(options, claim, at);
    return at >= claim.leading.renewAt ? renew(moment, claim, claim.leading) : [claim, []];
  }
  if (!claim.attempt) return [claim, []];
  if (at >= claim.attempt.until) return giveUp(options, claim, at);
  return andThen(conclude(moment, claim), (next) => retry(moment, next));
}

/** When `tick` has something to do. */
export function tickAt(options: ResolvedQuorumOptions, { leading, attempt, members }: Claim): number {
  if (leading) return Math.min(leading.renewAt, believesUntil(options, members, leading));
  return attempt ? Math.min(attempt.until, attempt.retryAt) : Number.POSITIVE_INFINITY;
}

/** The end of belief, by this node's clock: a lease after that was sent which a quorum has answered. */
export function believesUntil(
  options: ResolvedQuorumOptions,
  members: readonly NodeId[],
  { proofs }: Pick<Leading, 'proofs'>,
): number {
  const sent = members.map((node) => proofs.get(node) ?? Number.NEGATIVE_INFINITY).sort((a, b) => b - a);
  return sent[needed(options.quorum, members.length) - 1]! + options.leaseMs;
}

/** Stops leading and claiming, and says so: from here on this node does not believe, so nobody needs to wait but for `to`. */
export function giveUp(options: ResolvedQuorumOptions, claim: Claim, at: number, to?: NodeId): Turn {
  const quietUntil = to === undefined ? LONG_AGO : at + patienceMs(options);
  const ended = { ...claim, leading: undefined, attempt: undefined, quietUntil };
  if (claim.promised?.by !== options.self || !(claim.leading ?? claim.attempt)) return [ended, []];
  const { epoch } = claim.promised;
  const message: ClaimMessage = to === undefined ? { type: 'release', epoch } : { type: 'release', epoch, to };
  return [free(ended, { epoch, by: options.self }), others(options, claim).map((node) => ({ to: node, message }))];
}

/** A larger epoch wins. Of two leaders that came to the same one (only best-effort, while members change), the first by name. */
export function yieldTo(options: ResolvedQuorumOptions, claim: Claim, { epoch, by }: Claimed, at: number): Turn {
  const own = claim.leading?.epoch ?? claim.attempt?.epoch;
  const wins =
    own !== undefined && (epoch > own || (epoch === own && by < options.self && claim.leading !== undefined));
  return wins ? giveUp(options, claim, at) : [claim, []];
}

export function andThen([claim, sent]: Turn, next: (claim: Claim) => Turn): Turn {
  const [after, more] = next(claim);
  return [after, [...sent, ...more]];
}

export const others = ({ self }: ResolvedQuorumOptions, { members }: Claim): readonly NodeId[] =>
  members.filter((node) => node !== self);

function askAll(moment: Moment, claim: Claim, { nominated, until }: Pick<Attempt, 'nominated' | 'until'>): Turn {
  const { options, at } = moment;
  const awaited = others(options, claim);
  const phase = {
    since: at,
    retryAt: at + options.answerMs,
    epoch: undefined,
    yes: new Map(),
    no: NOBODY,
    awaited,
    challenged: false,
  };
  const asking = { ...claim, attempt: { nominated, until, ...phase } };
  return andThen([asking, askTo(moment, asking, awaited)], (next) => conclude(moment, next));
}

function askTo({ standing }: Moment, { freed }: Claim, nodes: readonly NodeId[], over?: number): Send<ClaimMessage>[] {
  return nodes.map((to) => ({ to, message: { type: 'ask', standing, freed, over } }));
}

function claimFrom({ at }: Moment, { freed }: Claim, epoch: number, nodes: readonly NodeId[]): Send<ClaimMessage>[] {
  return nodes.map((to) => ({ to, message: { type: 'claim', epoch, sent: at, freed } }));
}

/** Goes on as soon as that is decided which this phase is about. */
function conclude(moment: Moment, claim: Claim): Turn {
  const { options, at } = moment;
  const { attempt } = claim;
  if (!attempt || !isFree(claim, options.self, at)) return [claim, []];
  const agree = attempt.yes.size + (attempt.epoch === undefined ? 1 : 0);
  if (agree < needed(options.quorum, claim.members.length) || !isSettled(options, attempt, at)) return [claim, []];
  return attempt.epoch === undefined ? claimAll(moment, claim, attempt) : lead(moment, claim, attempt, attempt.epoch);
}

/**
 * A majority is one, whatever the rest say. Otherwise nobody may refuse, and silence counts only after a while; but not
 * to one that looks up late: it may have slept, with the answers still unread.
 */
function isSettled(
  { quorum, answerMs }: ResolvedQuorumOptions,
  { awaited, yes, no, since }: Attempt,
  at: number,
): boolean {
  if (quorum === 'majority') return true;
  const waited = at >= since + answerMs && at < since + 1.5 * answerMs;
  return no.size === 0 && (waited || awaited.every((node) => yes.has(node)));
}

/** The claimant's own promise is the first. */
function claimAll(moment: Moment, claim: Claim, attempt: Attempt): Turn {
  const { options, at } = moment;
  const { self, answerMs } = options;
  const epoch = nextEpoch(options, claim);
  const phase = { since: at, retryAt: at + answerMs, epoch, yes: new Map([[self, at]]), no: NOBODY };
  const claiming = { ...claim, attempt: { ...attempt, ...phase, awaited: [...attempt.yes.keys()] } };
  const bound = bind(options, claiming, { epoch, by: self }, at);
  return andThen([bound, claimFrom(moment, bound, epoch, others(options, claim))], (next) => conclude(moment, next));
}

function lead({ options, at }: Moment, claim: Claim, { nominated, yes }: Attempt, epoch: number): Turn {
  const leading = { epoch, nominated, proofs: yes, renewAt: at + options.heartbeatMs };
  if (at >= believesUntil(options, claim.members, leading)) return [claim, []];
  return [{ ...claim, attempt: undefined, heard: undefined, leading }, []];
}

function renew({ options, at, standing }: Moment, claim: Claim, leading: Leading): Turn {
  const { epoch, nominated } = leading;
  const proofs = later(leading.proofs, options.self, at);
  const next = { ...claim, leading: { ...leading, proofs, renewAt: at + options.heartbeatMs } };
  const message: ClaimMessage = { type: 'renew', epoch, sent: at, standing, nominated };
  return [bind(options, next, { epoch, by: options.self }, at), others(options, claim).map((to) => ({ to, message }))];
}

/** Once more to those who have not agreed. */
function retry(moment: Moment, claim: Claim): Turn {
  const { options, at } = moment;
  const { attempt } = claim;
  if (!attempt || at < attempt.retryAt) return [claim, []];
  const next = { ...claim, attempt: { ...attempt, since: at, retryAt: at + options.answerMs, challenged: false } };
  const missing = others(options, claim).filter((node) => !attempt.yes.has(node));
  const { epoch } = attempt;
  return [next, epoch === undefined ? askTo(moment, next, missing) : claimFrom(moment, next, epoch, missing)];
}

/** With a majority the next number. Otherwise each member has numbers of its own, so that no two sides use the same. */
function nextEpoch({ quorum, self }: ResolvedQuorumOptions, { known, members }: Claim): number {
  if (quorum === 'majority') return known + 1;
  const round = Math.floor(known / members.length) + 1;
  return round * members.length + members.indexOf(self);
}

/** Asks again when the one who refused is free; not at every answer, though. */
function sooner({ options, at }: Moment, attempt: Attempt, afterMs: number): Attempt {
  return { ...attempt, retryAt: Math.min(attempt.retryAt, at + Math.max(afterMs, options.answerMs / 4)) };
}

function agreed(attempt: Attempt, from: NodeId, sent: number): Attempt {
  return { ...attempt, yes: later(attempt.yes, from, sent), no: without(attempt.no, from) };
}

function refused(attempt: Attempt, from: NodeId, boundTo: NodeId | undefined): Attempt {
  return { ...attempt, yes: without(attempt.yes, from), no: new Map(attempt.no).set(from, boundTo) };
}

const without = <V>(nodes: ReadonlyMap<NodeId, V>, node: NodeId): ReadonlyMap<NodeId, V> =>
  new Map([...nodes].filter(([other]) => other !== node));

/** An answer that was overtaken proves nothing less than before. */
const later = (proofs: ReadonlyMap<NodeId, number>, from: NodeId, sent: number): ReadonlyMap<NodeId, number> =>
  new Map(proofs).set(from, Math.max(sent, proofs.get(from) ?? Number.NEGATIVE_INFINITY));
