/**
 * Peer protocols in virtual time: a whole group of machines, its network, its clocks and its disks, from a seed.
 *
 * A run has two parts. Until `calmAtMs` the faults of its schedule happen. Then all of them end, but for one that may
 * last, and somebody must lead within ten election timeouts and go on leading. At every event a judge looks at what the
 * nodes believe. The same simulation is the same run, event for event.
 *
 * ```ts
 * const { violations } = simulate({
 *   ...{ seed: 1, nodes: ['a', 'b', 'c'], electionTimeoutMs: 1_000, clockDrift: 0.05, calmAtMs: 30_000 },
 *   machine: (self, { nodes }) => yourMachine(self, nodes),
 *   network: { delayMs: [1, 20], loss: 0.05, duplication: 0.05, slow: 0.02, slowMs: 2_000 },
 *   faults: drawFaults(seeded(1), { untilMs: 30_000, everyMs: 1_000, scaleMs: 1_000 }),
 * });
 * ```
 */
import { checkDuration } from '../options.js';
import type { Machine, NodeId, Standing } from '../peers/machine.js';
import { Group } from './group.js';
import type { Law, Leadership, Violation } from './judge.js';
import { beginFault, beginLasting, type Fault, type FaultKind } from './machine-faults.js';
import { startProcess } from './process.js';

/** How messages travel until the calm; in the calm `delayMs` alone holds. */
export interface SimulatedNetwork {
  /** Between these two, in ms. */
  readonly delayMs: readonly [min: number, max: number];
  /** The share of messages that is lost, that comes twice, and that is slow: up to `slowMs`. */
  readonly loss: number;
  readonly duplication: number;
  readonly slow: number;
  readonly slowMs: number;
}

/** All of a simulation but the machines. */
export interface Setting {
  readonly seed: number;
  /** The group. */
  readonly nodes: readonly NodeId[];
  /** Nodes that only watch. @default none */
  readonly observers?: readonly NodeId[];
  /** With what a member stands. @default all the same weight, in the order of `nodes` */
  standing?(node: NodeId): Standing | undefined;
  /** Tells every node at its start who belongs to the group. @default false */
  readonly tellsMembers?: boolean;
  /** Tells a sender whose message cannot arrive that the receiver is lost. @default false */
  readonly tellsLost?: boolean;
  /** The shortest of the protocol's election timeouts, in ms: the measure of liveness. */
  readonly electionTimeoutMs: number;
  readonly network: SimulatedNetwork;
  /** Each life of a node has a clock of its own: it begins anywhere and runs by up to this share fast or slow. */
  readonly clockDrift: number;
  readonly faults: readonly Fault[];
  readonly calmAtMs: number;
  /** A fault that begins with the calm and does not end; it hits one node, if a majority remains. @default none */
  readonly lasting?: FaultKind;
  /** Is told every event, in one line. */
  trace?(line: string): void;
}

export interface Simulation<S, M, R> extends Setting {
  /**
   * Makes a node's machine, at each of its starts. Whoever has lost its disk comes back `as` an observer, if at all:
   * what it promised is not to be guessed.
   */
  machine(
    self: NodeId,
    about: { readonly nodes: readonly NodeId[]; readonly as: 'member' | 'observer' },
  ): Machine<S, M, R>;
}

export interface Report {
  readonly seed: number;
  /** In order. The first is what to look at. */
  readonly violations: readonly Violation[];
  /** Every leadership that anybody believed in, in order, with what had been counted when it began. */
  readonly leaderships: readonly Leadership[];
  readonly counts: Counts;
  /** Virtual time at the end, in ms. */
  readonly endedAtMs: number;
}

export interface Counts {
  /** Inputs to any machine. */
  events: number;
  /** Messages sent, those lost included; of each `type` where messages have one. */
  messages: number;
  readonly byType: Record<string, number>;
  /** Alarms that rang. */
  ticks: number;
  /** How often a node crashed. */
  crashes: number;
}

export type { Law, Leadership, Violation };

/** How many election timeouts may pass from the calm until somebody leads; and for how many it then must go on. */
const LED_WITHIN = 10;
const LEADS_FOR = 2;

/**
 * Runs a simulation to its end: the first violation, or that somebody has gone on leading in the calm. Throws
 * InvalidOptionError for times that never come.
 */
export function simulate<S, M, R>(simulation: Simulation<S, M, R>): Report {
  const { seed, nodes } = simulation;
  const calmAtMs = checkDuration('calmAtMs', simulation.calmAtMs, 0, Number.MAX_SAFE_INTEGER);
  const electionTimeoutMs = checkDuration('electionTimeoutMs', simulation.electionTimeoutMs);
  const group = new Group(simulation, (self, as, disk) => startProcess(simulation.machine(self, { nodes, as }), disk));
  const ends = new Set<() => void>();
  for (const fault of simulation.faults) group.at(fault.atMs, () => beginFault(group, fault, ends));
  group.at(calmAtMs, () => becalm(group, ends, simulation.lasting));
  const endMs = calmAtMs + (LED_WITHIN + LEADS_FOR) * electionTimeoutMs;
  const isLed = watchLeader(group, LEADS_FOR * electionTimeoutMs);
  const { judge, counts } = group;
  while (judge.violations.length === 0 && !isLed())
    if (!group.goOn(endMs))
      judge.complain('somebody leads', `in the calm since ${calmAtMs} ms nobody has, and gone on`);
  if (judge.violations.length === 0 && !simulation.lasting) judge.lookForStrangers();
  return { seed, violations: judge.violations, leaderships: judge.leaderships, counts, endedAtMs: group.now };
}

/** Ends all faults; whoever is down, paused or has withdrawn comes back. */
function becalm(group: Group, ends: Set<() => void>, lasting: FaultKind | undefined): void {
  group.isCalm = true;
  for (const end of [...ends]) end();
  if (lasting) beginLasting(group, lasting);
}

/** Has somebody led for so long in the calm? */
function watchLeader(group: Group, forMs: number): () => boolean {
  let led: { token: bigint; since: number } | undefined;
  return () => {
    const token = group.isCalm ? group.judge.believer()?.view?.leading?.token : undefined;
    if (token !== led?.token) led = token === undefined ? undefined : { token, since: group.now };
    return led !== undefined && group.now - led.since >= forMs;
  };
}
