import { InvalidOptionError } from '../../errors.js';
import { checkDuration, checkText, checkTogether } from '../../options.js';
import type { NodeId } from '../machine.js';
import { leaseFor } from './lease.js';

export interface RaftOptions {
  /** This node: one of the voters or of the observers. */
  readonly self: NodeId;
  /** Who votes. The same on every node; an odd number, since an even one survives no more failures. */
  readonly voters: readonly NodeId[];
  /** Who is told who leads, and never votes nor stands. @default none */
  readonly observers?: readonly NodeId[];
  /**
   * The voters so far, said once while they change. One voter may come or go at a time, so that any majority of the old
   * set and any of the new one share a voter (dissertation, 4.1): restart every node with the new set and this option,
   * and only when all of them run begin the next change. Whoever is left out by then must have been stopped.
   */
  readonly previousVoters?: readonly NodeId[];
  /**
   * How long a node waits for a leader before it tries to become one: between the two, in ms, at random; one number
   * stands for itself and its double. The first bounds the lease, and with it how soon a dead leader is replaced.
   * Much longer than a message takes. @default 1000
   */
  readonly electionTimeoutMs?: number | readonly [min: number, max: number];
  /** Between a leader's heartbeats, in ms: less than half the lease. @default a tenth of the shortest election timeout */
  readonly heartbeatMs?: number;
  /** Bound on how much faster or slower than true time any node's clock runs: 0.01 is one percent. @default 0.01 */
  readonly clockDrift?: number;
}

/** Options checked, copied and completed: what the machine knows of its group. */
export interface Group {
  readonly self: NodeId;
  /** Sorted. */
  readonly voters: readonly NodeId[];
  readonly previousVoters: readonly NodeId[] | undefined;
  /** False for an observer. */
  readonly isVoter: boolean;
  /** The other voters. */
  readonly rivals: readonly NodeId[];
  /** Whoever else there is. */
  readonly peers: readonly NodeId[];
  /** How many voters are more than half. */
  readonly majority: number;
  /** For how long a voter grants no other vote once it has heard from a leader or voted, and the shortest wait for a leader. */
  readonly promiseMs: number;
  /** By how much the longest wait for a leader is longer. */
  readonly spreadMs: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
}

/** Copies, completes, checks each and all together, freezes. Throws InvalidOptionError. */
export function resolveOptions(given: RaftOptions): Group {
  const self = checkText('self', given.self);
  const voters = checkNodes('voters', given.voters);
  const observers = checkNodes('observers', given.observers ?? []);
  checkTogether(voters.length > 0, 'voters', given.voters, 'must name at least one node');
  const twice = observers.find((node) => voters.includes(node));
  checkTogether(twice === undefined, 'observers', twice, 'must name no voter');
  const all = [...voters, ...observers];
  checkTogether(all.includes(self), 'self', self, 'must be one of the voters or of the observers');
  return Object.freeze({
    ...checkTimes(given),
    ...{ self, voters, previousVoters: checkPrevious(given.previousVoters, voters) },
    isVoter: voters.includes(self),
    rivals: Object.freeze(voters.filter((node) => node !== self)),
    peers: Object.freeze(all.filter((node) => node !== self)),
    majority: Math.floor(voters.length / 2) + 1,
  });
}

function checkTimes(given: RaftOptions): Pick<Group, 'promiseMs' | 'spreadMs' | 'heartbeatMs' | 'leaseMs'> {
  const asked = given.electionTimeoutMs ?? 1_000;
  const [shortest, longest] = typeof asked === 'number' ? [asked, 2 * asked] : checkPair(asked);
  const promiseMs = checkDuration('electionTimeoutMs', shortest, 10);
  const spreadMs = checkDuration('electionTimeoutMs', longest) - promiseMs;
  checkTogether(
    spreadMs > 0,
    'electionTimeoutMs',
    asked,
    'the second must be larger: chance is what ends a split vote',
  );
  const leaseMs = leaseFor(promiseMs, checkRate(given.clockDrift ?? 0.01));
  const heartbeatMs = checkDuration('heartbeatMs', given.heartbeatMs ?? promiseMs / 10, 1);
  const rule = `must be less than half the lease (${leaseMs} ms, from electionTimeoutMs and clockDrift)`;
  checkTogether(2 * heartbeatMs < leaseMs, 'heartbeatMs', heartbeatMs, rule);
  return { promiseMs, spreadMs, heartbeatMs, leaseMs };
}

function checkPair(asked: unknown): readonly [number, number] {
  const isPair = Array.isArray(asked) && asked.length === 2;
  checkTogether(isPair, 'electionTimeoutMs', asked, 'must be a number or [shortest, longest]');
  return asked as [number, number];
}

function checkRate(drift: unknown): number {
  if (typeof drift !== 'number' || !(drift >= 0 && drift < 0.5))
    throw new InvalidOptionError('clockDrift', drift, 'must be a number from 0 to less than 0.5');
  return drift;
}

function checkNodes(option: string, given: unknown): readonly NodeId[] {
  if (!Array.isArray(given)) throw new InvalidOptionError(option, given, 'must be a list of node ids');
  const nodes = given.map((node, index) => checkText(`${option}[${index}]`, node)).sort();
  checkTogether(new Set(nodes).size === nodes.length, option, given, 'must name each node once');
  return Object.freeze(nodes);
}

function checkPrevious(given: RaftOptions['previousVoters'], voters: readonly NodeId[]): readonly NodeId[] | undefined {
  if (given === undefined) return undefined;
  const previous = checkNodes('previousVoters', given);
  const came = voters.filter((node) => !previous.includes(node)).length;
  const went = previous.filter((node) => !voters.includes(node)).length;
  const rule = 'must differ from voters by one node at most: change one voter at a time';
  checkTogether(previous.length > 0 && came + went <= 1, 'previousVoters', given, rule);
  return previous;
}
