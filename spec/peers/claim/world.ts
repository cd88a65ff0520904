/** Bully, ring and voting under faults: each seed draws its group, its times, its network and its faults. */
import { bullyProtocol } from '../../../lib/peers/bully/index.js';
import type { Machine, NodeId } from '../../../lib/peers/machine.js';
import type { Quorum, QuorumOptions } from '../../../lib/peers/quorum.js';
import { ringProtocol } from '../../../lib/peers/ring/index.js';
import { votingProtocol } from '../../../lib/peers/voting/index.js';
import type { Law } from '../../../lib/sim/judge.js';
import { drawFaults, type FaultKind } from '../../../lib/sim/machine-faults.js';
import { type Setting, type Simulation, simulate } from '../../../lib/sim/machines.js';
import { between, oneOf, type Random, seeded } from '../../../lib/sim/random.js';

export type Name = 'bully' | 'ring' | 'voting';
// biome-ignore lint/suspicious/noExplicitAny: three protocols, each with messages of its own.
export type AnyMachine = Machine<any, any, any>;
export type Make = (name: Name, options: QuorumOptions) => AnyMachine;

export const make: Make = (name, options) => protocols[name](options).machine('');

const protocols = { bully: bullyProtocol, ring: ringProtocol, voting: votingProtocol };

/** What a majority holds against. A node that has lost its disk must not come back under its name. */
const ALL: readonly FaultKind[] = [
  ...(['partition', 'isolate', 'deafen', 'mute', 'unlink'] as const),
  ...(['crash', 'crash-midway', 'bounce', 'pause', 'release', 'withdraw'] as const),
];
/** Nodes fail, links do not: all that less than a majority holds against. */
const OF_NODES: readonly FaultKind[] = ['crash', 'crash-midway', 'bounce', 'pause', 'release', 'withdraw'];
const LASTING: readonly FaultKind[] = ['isolate', 'deafen', 'mute', 'unlink', 'crash', 'withdraw'];
const DRIFT = 0.05;
const TIMEOUT_MS = 1_000;

export type Trace = (line: string) => void;
type World = Simulation<unknown, unknown, unknown>;

interface Extra {
  readonly trace?: Trace;
  /** A mutant's. */
  readonly maker?: Make;
  /** These faults and no others. */
  readonly kinds?: readonly FaultKind[];
}

/** Partitions, lost, slow and repeated messages, crashes, pauses: nothing of it makes two leaders. */
export function majorityWorld(name: Name, seed: number, { trace, maker = make, kinds }: Extra = {}): World {
  const random = seeded(seed);
  const nodes = drawNodes(random);
  const rarely = (share: number) => (random() < 0.5 ? 0 : share * random());
  const network = {
    delayMs: [1, between(random, 2, 60)] as const,
    ...{ loss: rarely(0.3), duplication: rarely(0.3), slow: rarely(0.3), slowMs: between(random, 0.2, 3) * TIMEOUT_MS },
  };
  const lasting = random() < 0.3 ? oneOf(random, LASTING) : undefined;
  const setting = draw(random, seed, kinds ?? ALL.filter(() => random() < 0.5));
  return { ...setting, network, lasting, nodes, trace, machine: machines(name, 'majority', random, maker) };
}

/** Every message arrives in time, and once or twice. */
export function bestEffortWorld(name: Name, seed: number, { trace, maker = make }: Extra = {}): World {
  const random = seeded(seed);
  const nodes = drawNodes(random);
  const network = {
    delayMs: [1, between(random, 2, 60)] as const,
    loss: 0,
    duplication: 0.2 * random(),
    slow: 0,
    slowMs: 0,
  };
  const setting = draw(
    random,
    seed,
    OF_NODES.filter(() => random() < 0.5),
  );
  return { ...setting, network, nodes, trace, machine: machines(name, 'none', random, maker) };
}

/** All of them: what a majority promises. */
export const laws: readonly Law[] = [
  ...(['one leader at a time', 'one leader for each token', 'tokens rise'] as const),
  ...(['what has lapsed has ended', 'terms never go back', 'somebody leads'] as const),
];
/** A leader that nobody heard of may be the only one to know its token, and crash: the next may have a smaller one. */
export const bestEffortLaws: readonly Law[] = laws.filter((law) => law !== 'tokens rise');

/** For `npm run sim`. */
export const majority = (name: Name) => ({
  laws,
  run: (seed: number, trace?: Trace) => simulate(majorityWorld(name, seed, { trace })),
});
export const bestEffort = (name: Name) => ({
  laws: bestEffortLaws,
  run: (seed: number, trace?: Trace) => simulate(bestEffortWorld(name, seed, { trace })),
});

const drawNodes = (random: Random): readonly NodeId[] =>
  ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, oneOf(random, [1, 2, 3, 3, 3, 4, 5, 5, 5, 5, 7]));

function machines(name: Name, quorum: Quorum, random: Random, maker: Make) {
  const heartbeatMs = 900 / oneOf(random, [2, 3, 5, 10])!;
  const times = { heartbeatMs, leaseMs: 900, answerMs: 200, clockDrift: DRIFT };
  return (self: NodeId, { nodes }: { readonly nodes: readonly NodeId[] }) =>
    maker(name, { self, members: nodes, quorum, ...times });
}

/** A swarm: no run has every fault, so that none hides another. */
function draw(random: Random, seed: number, kinds: readonly FaultKind[]): Omit<Setting, 'nodes' | 'network'> {
  const calmAtMs = between(random, 10, 40) * TIMEOUT_MS;
  const plan = { untilMs: calmAtMs, everyMs: between(random, 0.2, 3) * TIMEOUT_MS, scaleMs: TIMEOUT_MS };
  const weighs = random() < 0.3;
  return {
    ...{ seed, electionTimeoutMs: TIMEOUT_MS, clockDrift: DRIFT, calmAtMs, tellsLost: random() < 0.5 },
    standing: (node) => ({ weight: weighs ? node.charCodeAt(0) % 3 : 0, order: node.charCodeAt(0) }),
    faults: drawFaults(random, { ...plan, kinds, directed: between(random, 0.2, 0.9) }),
  };
}
