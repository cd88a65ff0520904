/** The shipped recipe under every fault there is: each seed draws its members, its times, its ensemble and its faults. */
import { Ensemble } from '../../lib/sim/ensemble.js';
import { between, oneOf, type Random, seeded } from '../../lib/sim/random.js';
import { Timeline } from '../../lib/sim/virtual-time.js';
import { beginFault, drawAims, drawFaults, type Fault, faultKinds, type Stage } from './zookeeper-faults.js';
import { Judge, laws, type Violation } from './zookeeper-judge.js';
import { Member, type Rules } from './zookeeper-member.js';
import { OPERATOR, Operator } from './zookeeper-operator.js';

export interface ZooKeeperReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly leaderships: Judge['leaderships'];
  /** In order of time. */
  readonly faults: readonly Fault[];
  readonly counts: { readonly events: number; readonly messages: number; readonly crashes: number };
  readonly endedAtMs: number;
}

/** What the recipe's other timers and the wires may add to the session timeout and the lease. */
const GRACE_MS = 1_000;

/** Runs the world of a seed to its end: the first violation, or that everybody has left. */
export function simulateZooKeeper(seed: number, trace?: (line: string) => void): ZooKeeperReport {
  const world = drawWorld(seed, trace);
  const { stage, faults, calmAtMs } = world;
  const { judge, timeline } = stage.world;
  const ends = new Set<() => void>();
  for (const fault of faults) timeline.at(fault.atMs, () => beginFault(stage, fault, ends));
  const go = (untilMs: number, isDone = () => false) => {
    while (judge.violations.length === 0 && !isDone() && timeline.goOn(untilMs)) judge.look();
  };
  go(calmAtMs);
  for (const end of [...ends]) end();
  world.becalm();
  waitForLeader(world, go);
  if (judge.violations.length === 0) everybodyLeaves(world, go);
  const { violations, leaderships } = judge;
  const { messages, crashes } = stage.world.counts;
  const counts = { events: timeline.happened, messages, crashes };
  return { seed, violations, leaderships, faults, counts, endedAtMs: timeline.now };
}

/** For `npm run sim`. */
export const zookeeper = { laws, run: simulateZooKeeper };

type Go = (untilMs: number, isDone?: () => boolean) => void;
type Drawn = ReturnType<typeof drawWorld>;

/** In the calm somebody leads in time, and goes on leading. Whoever is asked to go holds its place while its work drains. */
function waitForLeader({ stage, longestLeaseMs, calmAtMs }: Drawn, go: Go): void {
  const { judge, timeline, rules } = stage.world;
  // Whoever was asked to go before may have to drain first, one after another.
  const drainsMs = Math.max(1, stage.operator.asked) * rules.drainMs;
  // The wait for a lease is as long by the clock of whoever waits, which may be slow.
  const waitMs = (longestLeaseMs * (1 + 2 * rules.clockDrift)) / (1 - rules.clockDrift / 2);
  const dueMs = rules.sessionTimeoutMs + waitMs + drainsMs + GRACE_MS;
  go(calmAtMs + dueMs, () => judge.believers().length > 0);
  if (judge.believers().length === 0) judge.complain('somebody leads', `nobody has in the calm since ${calmAtMs} ms`);
  go(calmAtMs + dueMs + rules.sessionTimeoutMs);
  judge.lookForDeaf(stage.world.ensemble.state);
  judge.lookForDoubles(stage.world.ensemble.state);
  if (rules.prefers) return;
  const { length } = judge.leaderships;
  go(timeline.now + 2 * longestLeaseMs, () => judge.believers().length === 0);
  if (judge.believers().length === 0 || judge.leaderships.length > length)
    judge.complain('somebody leads', 'who led in the calm has stopped without a fault');
}

/** And nothing of them is left. */
function everybodyLeaves({ stage }: Drawn, go: Go): void {
  const { members, world } = stage;
  const { judge, timeline, rules, ensemble } = world;
  const leaving = members.flatMap(({ suspects }) => suspects);
  for (const member of members) for (const suspect of member.suspects) member.resign(suspect);
  const remaining = () => leaving.filter(({ last }) => last?.role !== 'resigned').map(({ name }) => name);
  go(timeline.now + 2 * rules.sessionTimeoutMs + rules.drainMs + GRACE_MS, () => remaining().length === 0);
  if (remaining().length > 0) judge.complain('everybody can leave', `${remaining()} cannot`);
  go(timeline.now + GRACE_MS);
  judge.lookForRemains(ensemble);
  for (const member of members) member.close();
  const busy = () => members.filter(({ process }) => process.alarms > 0).map(({ name }) => name);
  const sessions = () => ensemble.state.sessions.size - 1;
  go(timeline.now + 2 * rules.sessionTimeoutMs + GRACE_MS, () => busy().length + sessions() === 0);
  if (busy().length > 0) judge.complain('nothing is left behind', `timers of ${busy()}`);
  if (sessions() > 0) judge.complain('nothing is left behind', `${sessions()} sessions`);
}

function drawWorld(seed: number, trace: ((line: string) => void) | undefined) {
  const random = seeded(seed);
  const timeline = new Timeline();
  const rules = drawRules(random);
  const { sessionTimeoutMs } = rules;
  const judge = new Judge(timeline);
  const counts = { messages: 0, crashes: 0 };
  const wires = drawWires(random, sessionTimeoutMs, counts);
  const ensemble = new Ensemble(timeline, {
    ...{ servers: oneOf(random, [1, 2, 3, 3])!, seed, ...wires },
    tickMs: Math.min(300, sessionTimeoutMs / oneOf(random, [2, 4, 10])!),
  });
  const note = (who: string, what: () => string) => trace?.(`${timeline.now.toFixed(3)} ${who} ${what()}`);
  const world = { timeline, random, ensemble, judge, rules, trace: note, counts };
  const operator = new Operator(ensemble);
  ensemble.onCommit = (entry, state) => {
    const connection = entry.kind === 'request' ? entry.connection : undefined;
    const isCandidate = connection !== undefined && connection !== OPERATOR;
    judge.committed(state, isCandidate ? state.connections.get(connection)?.session : undefined);
    if (isCandidate) operator.written(connection);
  };
  const members = drawMembers(world);
  const calmAtMs = between(random, 4, 12) * sessionTimeoutMs;
  return {
    stage: { world, members, operator } satisfies Stage,
    calmAtMs,
    faults: drawSchedule(random, calmAtMs, sessionTimeoutMs),
    longestLeaseMs: Math.max(...members.map(({ leaseMs }) => leaseMs)),
    becalm: wires.becalm,
  };
}

/** How long everything takes on its way: until the calm, sometimes longer than a lease can stand. */
function drawWires(random: Random, sessionTimeoutMs: number, counts: { messages: number }) {
  const wire = { slow: oneOf(random, [0, 0, 0.01, 0.1])!, slowMs: between(random, 0.02, 0.4) * sessionTimeoutMs };
  let usualMs = between(random, 0.5, 15);
  let behindMs = oneOf(random, [0, 5, 60])!;
  let forgetfulness = 0.1;
  return {
    delay() {
      counts.messages += 1;
      return random() < wire.slow ? random() * wire.slowMs : between(random, 0.1, usualMs);
    },
    behind: () => random() * behindMs,
    forgets: () => random() < forgetfulness,
    becalm() {
      wire.slow = 0;
      [usualMs, behindMs, forgetfulness] = [Math.min(usualMs, 5), 0, 0];
    },
  };
}

/** A swarm: no run has every kind of fault, so that none hides another; half of them aim at the leader's worst moments too. */
function drawSchedule(random: Random, calmAtMs: number, sessionTimeoutMs: number): Fault[] {
  const share = oneOf(random, [0.1, 0.25, 0.5])!;
  const kinds = faultKinds.filter(() => random() < share);
  const aims = random() < 0.5 ? drawAims(random, calmAtMs, sessionTimeoutMs) : [];
  return [...drawFaults(random, kinds, calmAtMs, sessionTimeoutMs), ...aims].sort((a, b) => a.atMs - b.atMs);
}

function drawRules(random: Random): Rules {
  const prefers = random() < 0.15;
  const sessionTimeoutMs = between(random, 500, 2_500);
  return {
    ...{ prefers, preempts: prefers && random() < 0.5 },
    sessionTimeoutMs,
    clockDrift: oneOf(random, [0, 0.01, 0.1, 0.4])!,
    onSuspend: random() < 0.8 ? 'hold' : 'stop',
    drainMs: oneOf(random, [0, 0, 50, 300, 1.5 * sessionTimeoutMs])!,
  };
}

/** They come one after another, some of them late. */
function drawMembers(world: Stage['world']): Member[] {
  const { random, rules, timeline } = world;
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, oneOf(random, [2, 3, 3, 4, 5, 6]));
  const alike = random() < 0.5;
  return names.map((name) => {
    const leaseMs = Math.floor(rules.sessionTimeoutMs * (alike ? 1 / 3 : between(random, 0.15, 0.9)));
    const seats = random() < 0.15 ? 2 : 1;
    const member = new Member(name, world, leaseMs, seats);
    const atMs = rules.sessionTimeoutMs * random() * (random() < 0.8 ? 0.2 : 4);
    const { process } = member;
    timeline.at(atMs, () => {
      for (let seat = 0; seat < seats; seat++) if (member.process === process && member.isUp) member.stand();
    });
    return member;
  });
}
