/** The faults of a run, decided before it begins: the same seed is the same schedule. @pure */

export const faultNames = [
  'kill',
  'pause',
  'cut',
  'black-hole',
  'deaf-server',
  'packet-loss',
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
  'packet-partition',
  'rolling-restart',
  'parent-deleted',
] as const;
export type FaultName = (typeof faultNames)[number];

/** What a run can be asked to have so many of. */
export const groups = {
  kill: ['kill'],
  /** Past the session. */
  pause: ['pause'],
  /** Between servers, and between a client and a server. */
  partition: ['black-hole', 'deaf-server', 'packet-loss', 'isolate', 'bridge', 'packet-partition'],
  server: ['server-kill', 'server-pause', 'rolling-restart'],
} as const satisfies Record<string, readonly FaultName[]>;
export type Group = keyof typeof groups;
export type Quota = Partial<Readonly<Record<Group, number>>>;

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
  'packet-loss': 5,
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
  'packet-partition': 3,
  'rolling-restart': 1,
  'parent-deleted': 1,
};
const aimed: Readonly<Record<Target, number>> = { leader: 6, next: 2, any: 1, 'zookeeper-leader': 0 };
const aimedAtServers: Readonly<Record<Target, number>> = { leader: 3, next: 0, any: 1, 'zookeeper-leader': 2 };

export interface ScheduleOptions {
  readonly seed: number;
  /** As many faults of any kind; or so many of these groups, and a few of the others between. */
  readonly faults: number | Quota;
  readonly sessionTimeoutMs: number;
}

/** `kill=500,pause=200`. `refuse` is told what is wrong. */
export function readQuota(text: string, refuse: (why: string) => never): Quota {
  const entries = text.split(',').map((entry) => {
    const [group = '', count = ''] = entry.split('=');
    if (!Object.hasOwn(groups, group) || !/^[1-9]\d*$/.test(count))
      return refuse(`--faults is a list of NAME=COUNT, where NAME is one of ${Object.keys(groups).join(', ')}`);
    return [group, Number(count)];
  });
  return Object.fromEntries(entries);
}

/** In place of every fifth fault of a quota, another one. */
const OTHERS = 1 / 5;

export function makeSchedule({ seed, faults, sessionTimeoutMs }: ScheduleOptions): Step[] {
  const random = mulberry32(seed);
  if (typeof faults === 'number')
    return Array.from({ length: faults }, () => step(pick(weights, random()), random, sessionTimeoutMs));
  return drawn(faults, random).map((fault) => pastTheSession(step(fault, random, sessionTimeoutMs), sessionTimeoutMs));
}

function step(fault: FaultName, random: () => number, sessionTimeoutMs: number): Step {
  const aims = /server|isolate|bridge|partition/.test(fault) && fault !== 'deaf-server' ? aimedAtServers : aimed;
  const timeouts = 0.3 + 2.7 * random() ** 2;
  return {
    fault,
    target: pick(aims, random()),
    chance: round(random()),
    lastMs: Math.round(timeouts * sessionTimeoutMs),
    settle: random() < 0.75,
    thenMs: Math.round(random() ** 2 * 600),
  };
}

/** In an order by chance. */
function drawn(quota: Quota, random: () => number): FaultName[] {
  const asked = (Object.entries(quota) as [Group, number][]).flatMap(([group, count]) =>
    Array.from({ length: count }, () => pick(only(groups[group]), random())),
  );
  const rest = faultNames.filter(
    (name) => !Object.values(groups).some((group: readonly string[]) => group.includes(name)),
  );
  const others = Array.from({ length: Math.ceil(asked.length * OTHERS) }, () => pick(only(rest), random()));
  return [...asked, ...others]
    .map((fault) => ({ fault, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ fault }) => fault);
}

const only = (names: readonly FaultName[]): Record<FaultName, number> =>
  Object.fromEntries(names.map((name) => [name, weights[name]])) as Record<FaultName, number>;

/** A pause that a quota asks for outlasts the session, the longest by half. */
function pastTheSession(step: Step, sessionTimeoutMs: number): Step {
  if (step.fault !== 'pause') return step;
  return { ...step, lastMs: Math.round(sessionTimeoutMs * (1.1 + 0.5 * step.chance)) };
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
