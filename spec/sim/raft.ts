/** Raft under every fault there is: each seed draws its group, its times, its network and its faults. */
import type { NodeId } from '../../lib/peers/machine.js';
import { type RaftMachine, raftMachine } from '../../lib/peers/raft/machine.js';
import { type Group, type RaftOptions, resolveOptions } from '../../lib/peers/raft/options.js';
import { drawFaults, type FaultKind, faultKinds } from '../../lib/sim/machine-faults.js';
import { type Setting, type Simulation, simulate } from '../../lib/sim/machines.js';
import { between, oneOf, type Random, seeded } from '../../lib/sim/random.js';
import { laws } from './laws.js';

const DRIFT = 0.05;
const ELECTION_MS = 1_000;
const LASTING: readonly FaultKind[] = ['isolate', 'deafen', 'mute', 'unlink', 'crash', 'withdraw'];

export interface RaftParts {
  readonly resolve: typeof resolveOptions;
  readonly machine: (group: Group) => RaftMachine;
}

export const raft = {
  laws,
  run: (seed: number, trace?: (line: string) => void) => simulate(raftWorld(seed, trace)),
};

/** `parts`: mutants, in place of the real ones. */
export function raftWorld(
  seed: number,
  trace?: (line: string) => void,
  parts: RaftParts = { resolve: resolveOptions, machine: raftMachine },
): Simulation<unknown, unknown, unknown> {
  const random = seeded(seed);
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, oneOf(random, [1, 2, 3, 3, 3, 3, 4, 5, 5, 7]));
  const observers = random() < 0.2 ? ['w'] : [];
  const heartbeatMs = ELECTION_MS / oneOf(random, [3, 5, 10])!;
  const setting = drawSetting(random, seed);
  return {
    ...setting,
    ...{ nodes, observers, trace },
    machine: (self, { as }) =>
      parts.machine(parts.resolve({ ...voters(self, as, nodes, observers), heartbeatMs, ...times })),
  };
}

const times: Partial<RaftOptions> = { electionTimeoutMs: ELECTION_MS, clockDrift: DRIFT };

/** Whoever has lost its disk watches: it is no voter to itself any more. */
function voters(self: NodeId, as: 'member' | 'observer', nodes: readonly NodeId[], observers: readonly NodeId[]) {
  if (as === 'member' || observers.includes(self)) return { self, voters: nodes, observers };
  return { self, voters: nodes.filter((node) => node !== self), observers: [self] };
}

/** A swarm: no run has every fault, so that none hides another. */
function drawSetting(random: Random, seed: number): Omit<Setting, 'nodes'> {
  const share = oneOf(random, [0.2, 0.4, 0.7])!;
  const kinds = faultKinds.filter(() => random() < share);
  const calmAtMs = between(random, 10, 40) * ELECTION_MS;
  const plan = { untilMs: calmAtMs, everyMs: between(random, 0.2, 3) * ELECTION_MS, scaleMs: ELECTION_MS };
  const rarely = (share: number) => (random() < 0.5 ? 0 : share * random());
  return {
    ...{ seed, electionTimeoutMs: ELECTION_MS, clockDrift: DRIFT, calmAtMs },
    network: {
      delayMs: [1, between(random, 2, 60)],
      ...{
        loss: rarely(0.3),
        duplication: rarely(0.3),
        slow: rarely(0.3),
        slowMs: between(random, 0.2, 3) * ELECTION_MS,
      },
    },
    faults: drawFaults(random, { ...plan, kinds, directed: between(random, 0.2, 0.9) }),
    lasting: random() < 0.3 ? oneOf(random, LASTING) : undefined,
  };
}
