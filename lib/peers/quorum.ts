/**
 * How many must agree before one leads, and how long what they say holds. @pure
 */
import type { Guarantee } from '../election/election.js';
import { InvalidOptionError } from '../errors.js';
import { checkDuration, checkTogether } from '../options.js';
import type { NodeId } from './machine.js';

/**
 * How many members must promise, the claimant included.
 *
 * - `majority` of the configured members: any two claims share a member, so a partition leaves at most one side with a
 *   leader. The guarantee is `lease`.
 * - a number, or `none` (the claimant alone is enough): everybody who answers in time must agree, and those who do not
 *   answer are taken for dead. The guarantee is `best-effort`: a partition leaves every side that has the number with a
 *   leader of its own, and the tokens of one side know nothing of the other's. When it heals the larger epoch wins.
 */
export type Quorum = 'majority' | 'none' | number;

/** What bully, ring and voting have in common. */
export interface QuorumOptions {
  /** This node's name among `members`. */
  readonly self: NodeId;
  /**
   * Everybody who promises, this node included. With `majority` the same list everywhere, changed by `previousMembers`
   * alone; with anything else discovery may say who they are. @default discovery says
   */
  readonly members?: readonly NodeId[] | undefined;
  /**
   * With `majority`, the members so far, said once while they change: one may come or go at a time, so that any majority
   * of the old list and any of the new one share a member. Restart every node with the new list and this option, and
   * only when all of them run begin the next change. Whoever is left out by then must have been stopped.
   */
  readonly previousMembers?: readonly NodeId[] | undefined;
  /** Who is told who leads, and neither promises nor stands: none of `members`. The same everywhere. @default none */
  readonly observers?: readonly NodeId[];
  /** @default 'majority' */
  readonly quorum?: Quorum;
  /** How often a leader renews its lease, in ms. @default 500 */
  readonly heartbeatMs?: number;
  /**
   * How long a leader believes in itself after it sent what a quorum has answered, in ms; at least twice `heartbeatMs`.
   * After a crash nobody leads for about this long. @default 2000
   */
  readonly leaseMs?: number;
  /** How long an answer is waited for, in ms: more than a message takes there and back. @default 500 */
  readonly answerMs?: number;
  /** How much faster or slower than true time a clock may run, as a part of 1. @default 0.01 */
  readonly clockDrift?: number;
}

export interface ResolvedQuorumOptions {
  readonly self: NodeId;
  /** Sorted. Those to begin with, if discovery says who they are. */
  readonly members: readonly NodeId[];
  /** Sorted. */
  readonly previousMembers: readonly NodeId[] | undefined;
  readonly observers: readonly NodeId[];
  readonly quorum: Quorum;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** How long a promise holds, by the clock of the member that gave it: no leader's lease is longer, by any clock. */
  readonly promiseMs: number;
  readonly answerMs: number;
}

/** Copies, takes defaults, checks each, checks together, freezes. Throws InvalidOptionError. */
export function resolveQuorumOptions(given: QuorumOptions): ResolvedQuorumOptions {
  const observers = checkObservers(given.observers ?? [], given.members);
  const members = checkMembers(given.members ?? [given.self], given.self, observers);
  const quorum = checkQuorum('quorum', given.quorum ?? 'majority', given.members);
  const rule = 'needs fixed members: of those that discovery finds two majorities may share nobody';
  checkTogether(quorum !== 'majority' || given.members !== undefined, 'quorum', quorum, rule);
  const heartbeatMs = checkDuration('heartbeatMs', given.heartbeatMs ?? 500, 1);
  const leaseMs = checkDuration('leaseMs', given.leaseMs ?? 2_000, 1);
  const drift = checkDrift(given.clockDrift ?? 0.01);
  checkTogether(leaseMs >= 2 * heartbeatMs, 'leaseMs', leaseMs, 'must be at least twice heartbeatMs');
  return Object.freeze({
    self: given.self,
    members,
    previousMembers: checkPrevious(given.previousMembers, members),
    observers,
    quorum,
    heartbeatMs,
    leaseMs,
    promiseMs: promiseFor(leaseMs, drift),
    answerMs: checkDuration('answerMs', given.answerMs ?? 500, 1),
  });
}

/** The slowest clock's lease ends before the fastest clock's promise (Gray and Cheriton, "Leases", SOSP 1989). */
const promiseFor = (leaseMs: number, drift: number): number => leaseMs * ((1 + drift) / (1 - drift));

export const guaranteeOf = (quorum: Quorum): Guarantee => (quorum === 'majority' ? 'lease' : 'best-effort');

/** How many of `members` must agree. */
export function needed(quorum: Quorum, members: number): number {
  if (quorum === 'majority') return Math.floor(members / 2) + 1;
  return quorum === 'none' ? 1 : quorum;
}

/** At most as many as there are `members`, if they are known. Throws InvalidOptionError. */
export function checkQuorum(option: string, quorum: Quorum, members: readonly NodeId[] | undefined): Quorum {
  if (quorum === 'majority' || quorum === 'none') return quorum;
  const most = members?.length ?? Number.MAX_SAFE_INTEGER;
  if (Number.isInteger(quorum) && quorum >= 1 && quorum <= most) return quorum;
  throw new InvalidOptionError(option, quorum, `must be 'majority', 'none' or a number from 1 to ${most}`);
}

function checkObservers(observers: readonly NodeId[], members: readonly NodeId[] = []): readonly NodeId[] {
  const named = Array.isArray(observers) && observers.every((node) => typeof node === 'string' && node !== '');
  checkTogether(named, 'observers', observers, 'must be a list of names');
  const twice = observers.find((node) => members.includes(node));
  checkTogether(twice === undefined, 'observers', twice, 'must name no member');
  return Object.freeze([...observers]);
}

function checkMembers(members: readonly NodeId[], self: NodeId, observers: readonly NodeId[]): readonly NodeId[] {
  const named = Array.isArray(members) && members.every((node) => typeof node === 'string' && node !== '');
  checkTogether(named && members.length > 0, 'members', members, 'must be a list of names');
  checkTogether(new Set(members).size === members.length, 'members', members, 'must name nobody twice');
  const belongs = members.includes(self) || observers.includes(self);
  checkTogether(belongs, 'self', self, 'must be among `members` or `observers`');
  return Object.freeze(members.filter((node) => !observers.includes(node)).sort());
}

function checkPrevious(given: QuorumOptions['previousMembers'], members: readonly NodeId[]) {
  if (given === undefined) return undefined;
  const came = members.filter((node) => !given.includes(node)).length;
  const went = given.filter((node) => !members.includes(node)).length;
  const rule = 'must differ from members by one node at most: change one member at a time';
  checkTogether(given.length > 0 && came + went <= 1, 'previousMembers', given, rule);
  return Object.freeze([...given].sort());
}

function checkDrift(drift: number): number {
  if (typeof drift === 'number' && drift >= 0 && drift <= 0.5) return drift;
  throw new InvalidOptionError('clockDrift', drift, 'must be a rate from 0 to 0.5');
}

/** With these nodes in reach, this one included, of this group: could anybody be elected? */
export function canElect(
  { quorum, members, observers }: ResolvedQuorumOptions,
  reachable: ReadonlySet<NodeId>,
  group: readonly NodeId[],
): boolean {
  const electors = quorum === 'majority' ? members : group.filter((node) => !observers.includes(node));
  return electors.filter((node) => reachable.has(node)).length >= needed(quorum, electors.length);
}
