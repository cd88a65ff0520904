/** How many messages an election takes, and how long nobody leads: in virtual time, counted by the simulator. */
import { bullyProtocol } from '../../lib/peers/bully/index.js';
import type { Machine, NodeId } from '../../lib/peers/machine.js';
import { raftMachine } from '../../lib/peers/raft/machine.js';
import { resolveOptions } from '../../lib/peers/raft/options.js';
import { ringProtocol } from '../../lib/peers/ring/index.js';
import { votingProtocol } from '../../lib/peers/voting/index.js';
import { Group } from '../../lib/sim/group.js';
import { startProcess } from '../../lib/sim/process.js';
import { oneOf, seeded } from '../../lib/sim/random.js';
import { table } from './report.js';

const SIZES = [3, 5, 9, 33, 101];
/** A message takes 5 ms. */
const DELAY_MS = 5;
const TICK_MS = 500;
const LEASE_MS = 2_000;
const ANSWER_MS = 200;

interface Protocol {
  readonly name: string;
  readonly theory: string;
  readonly election: readonly string[];
  /** Until the quorum has promised; none where votes are promises. */
  readonly claim: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: four protocols, each with a state and messages of its own.
  machine(self: NodeId, nodes: readonly NodeId[]): Machine<any, any, any>;
}

const times = { heartbeatMs: TICK_MS, leaseMs: LEASE_MS, answerMs: ANSWER_MS, clockDrift: 0 };
const claim = ['ask', 'offer', 'claim', 'promise', 'refuse'];

const protocols: readonly Protocol[] = [
  {
    name: 'bully',
    theory: 'O(n²)',
    election: ['election', 'answer', 'coordinator'],
    claim,
    machine: (self, members) => bullyProtocol({ self, members, ...times }).machine(''),
  },
  {
    name: 'ring',
    theory: 'O(n log n)',
    election: ['probe', 'elected'],
    claim,
    machine: (self, members) => ringProtocol({ self, members, ...times }).machine(''),
  },
  {
    name: 'voting',
    theory: 'O(n)',
    election: ['request', 'vote', 'result'],
    claim,
    machine: (self, members) => votingProtocol({ self, members, ...times }).machine(''),
  },
  {
    name: 'raft',
    theory: 'O(n)',
    election: ['pre-vote', 'pre-vote-reply', 'vote', 'vote-reply'],
    claim: [],
    machine: (self, voters) =>
      raftMachine(resolveOptions({ self, voters, electionTimeoutMs: LEASE_MS, heartbeatMs: TICK_MS, clockDrift: 0 })),
  },
];

interface Measured {
  readonly election: number;
  readonly claim: number;
  readonly leaderlessMs: number;
}

export function messages(): string {
  const rows = protocols.flatMap((protocol) => SIZES.map((size) => row(protocol, size)));
  const header = ['', 'theory', 'n', 'election', 'per n', 'claim', 'leaderless, ticks', 'ms'];
  return [
    `Messages of one election after the leader has crashed, and how long nobody led; a tick is a heartbeat, ${TICK_MS} ms`,
    `(lease ${LEASE_MS} ms, answers ${ANSWER_MS} ms, ${DELAY_MS} ms per message; the mean of up to 20 elections)`,
    table(header, rows),
    'ring: also the acknowledgements, one for each. zookeeper: one notification and one write, whatever n (see handover).',
  ].join('\n');
}

function row(protocol: Protocol, size: number): string[] {
  const runs = Math.max(3, Math.min(20, Math.floor(200 / size)));
  const all = Array.from({ length: runs }, (_, seed) => measure(protocol, size, seed + 1));
  const mean = (what: keyof Measured) => all.reduce((sum, one) => sum + one[what], 0) / runs;
  const [election, ms] = [mean('election'), mean('leaderlessMs')];
  return [
    ...[protocol.name, protocol.theory, String(size), election.toFixed(0), (election / size).toFixed(1)],
    ...[mean('claim').toFixed(0), (ms / TICK_MS).toFixed(1), ms.toFixed(0)],
  ];
}

/** Seniority is drawn, so that the ring is in no order. */
function measure({ election, claim, machine }: Protocol, size: number, seed: number): Measured {
  const group = stage(size, seed, machine);
  until(group, () => leaderOf(group) !== undefined);
  pass(group, 5 * TICK_MS);
  const leader = leaderOf(group)!;
  const before = { ...group.counts.byType };
  const crashedAt = group.now;
  group.crash(leader);
  const since = (types: readonly string[]) =>
    types.reduce((sum, type) => sum + (group.counts.byType[type] ?? 0) - (before[type] ?? 0), 0);
  until(group, () => leaderOf(group) !== undefined);
  const measured = { claim: since(claim), leaderlessMs: group.now - crashedAt };
  pass(group, 2 * size * DELAY_MS);
  return { ...measured, election: since(election) };
}

function stage(size: number, seed: number, machine: Protocol['machine']): Group {
  const random = seeded(seed);
  const nodes = Array.from({ length: size }, (_, index) => `n${String(index).padStart(3, '0')}`);
  const left = nodes.map((_, index) => index);
  const orders = new Map(nodes.map((node) => [node, left.splice(left.indexOf(oneOf(random, left)!), 1)[0]!]));
  const setting = { seed, nodes, electionTimeoutMs: 1, clockDrift: 0, faults: [], calmAtMs: 0, tellsLost: false };
  const network = { delayMs: [DELAY_MS, DELAY_MS], loss: 0, duplication: 0, slow: 0, slowMs: 0 } as const;
  const standing = (node: NodeId) => ({ weight: 0, order: orders.get(node)! });
  return new Group({ ...setting, network, standing }, (self, _, disk) => startProcess(machine(self, nodes), disk));
}

function leaderOf({ nodes }: Group) {
  return nodes.find(({ view, now }) => view?.leading && now() < view.leading.until);
}

function until(group: Group, holds: () => boolean): void {
  const end = group.now + 120_000;
  while (!holds()) if (!group.goOn(end)) throw new Error('nobody leads');
}

function pass(group: Group, ms: number): void {
  let isOver = false;
  group.at(group.now + ms, () => {
    isOver = true;
  });
  until(group, () => isOver);
}
