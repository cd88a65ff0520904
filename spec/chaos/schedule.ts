/** The faults of a run, decided before it begins: the same seed is the same schedule. @pure */

export const faultNames = [
  'kill',
  'pause',
  'cut',
  'black-hole',
  'deaf-server',
  'delay',
  'half-reply',
  'blocked-loop',
  'wall-step',
  'resign',
  'step-down',
  'evict',
  'server-kill',
  'server-pause',
  'isolate',
  'bridge',
  'rolling-restart',
] as const;
export type FaultName = (typeof faultNames)[number];

/** By role, so that a schedule means the same in every run. Servers: that of the candidate, or ZooKeeper's own leader. */
export type Target = 'leader' | 'next' | 'any' | 'zookeeper-leader';

export interface Step {
  readonly fault: FaultName;
  readonly target: Target;
  /** Decides where chance does: which of any, which kind of cut. In [0, 1). */
  readonly chance: number;
  /** How long a fault lasts that has a duration, in ms. */
  readonly lastMs: number;
  /** Waits for a leader before the next step; else the next fault comes upon this one. */
  readonly settle: boolean;
  /** Then this long, in ms. */
  readonly thenMs: number;
}

/** How often, and against whom. What hits the leader's process comes most often: it makes elections. */
const weights: Readonly<Record<FaultName, number>> = {
  kill: 12,
  pause: 12,
  cut: 8,
  'black-hole': 8,
  'deaf-server': 5,
  delay: 5,
  'half-reply': 5,
  'blocked-loop': 6,
  'wall-step': 3,
  resign: 10,
  'step-down': 6,
  evict: 10,
  'server-kill': 4,
  'server-pause': 3,
  isolate: 5,
  bridge: 3,
  'rolling-restart': 0.5,
};
const aimed: Readonly<Record<Target, number>> = { leader: 6, next: 2, any: 1, 'zookeeper-leader': 0 };
const aimedAtServers: Readonly<Record<Target, number>> = { leader: 3, next: 0, any: 1, 'zookeeper-leader': 2 };

export interface ScheduleOptions {
  readonly seed: number;
  readonly steps: number;
  readonly sessionTimeoutMs: number;
}

export function makeSchedule({ seed, steps, sessionTimeoutMs }: ScheduleOptions): Step[] {
  const random = mulberry32(seed);
  return Array.from({ length: steps }, () => {
    const fault = pick(weights, random());
    const aims = /server|isolate|bridge/.test(fault) && fault !== 'deaf-server' ? aimedAtServers : aimed;
    const timeouts = 0.3 + 2.7 * random() ** 2;
    return {
      fault,
      target: pick(aims, random()),
      chance: round(random()),
      lastMs: Math.round(timeouts * sessionTimeoutMs),
      settle: random() < 0.75,
      thenMs: Math.round(random() ** 2 * 600),
    };
  });
}

function pick<K extends string>(table: Readonly<Record<K, number>>, at: number): K {
  const entries = Object.entries(table) as [K, number][];
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  const upTo = entries.map((_, index) => entries.slice(0, index + 1).reduce((sum, [, weight]) => sum + weight, 0));
  return entries[upTo.findIndex((sum) => at * total < sum)]![0];
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;

/** A small generator with a seed: the same numbers on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
