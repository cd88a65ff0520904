/** Scenarios aimed at the lease, each to be had any number of times. */
import { setTimeout as pause } from 'node:timers/promises';
import { loseEnds } from '../support/lose-ends.js';
import { until } from '../support/until.js';
import { handOvers, of } from './checker.js';
import { paused, reunite, rollingRestart, silenced } from './faults.js';
import type { History } from './history.js';
import type { Member } from './member.js';
import type { World } from './world.js';

export interface Directed {
  readonly about: string;
  readonly workers: number;
  readonly sessionTimeoutMs: number;
  /** Options of the candidates, by session timeout. */
  readonly options?: (timeoutMs: number) => object;
  /** False: the scenario says who stands. */
  readonly standing: boolean;
  readonly times: number;
  readonly once: (world: World, time: number, times: number) => Promise<void>;
  /** What went wrong that no law forbids. */
  readonly complaints?: (history: History, world: World) => string[];
}

/** Does not mind silence for most of the session timeout: the connection stays up. */
const patient = (timeoutMs: number) => ({ silenceMs: 0.8 * timeoutMs, heartbeatMs: 0.1 * timeoutMs });

export const directed = {
  isolate: {
    about: "the idle leader's server is cut off from the others in silence, its connection stays up",
    ...{ workers: 5, sessionTimeoutMs: 2_000, standing: true, times: 20, options: patient },
    once: isolateLeader,
  },
  silence: {
    about: 'the leader, connected to a follower, is silent for 0.9 to 1.5 session timeouts and resumes at once',
    ...{ workers: 5, sessionTimeoutMs: 2_000, standing: true, times: 50 },
    once: silenceLeader,
  },
  newcomer: {
    about: 'a newcomer finds an empty line right after an unclean loss',
    ...{ workers: 2, sessionTimeoutMs: 2_000, standing: false, times: 20 },
    once: findEmptyLine,
    complaints: everyLossHasASuccessor,
  },
  resign: {
    about: 'a clean resign costs no wait',
    // A lease far longer than anything a busy machine does: what takes that long has waited for it.
    ...{ workers: 3, sessionTimeoutMs: 9_000, standing: true, times: 50, options: patient },
    once: resign,
    complaints: noWait,
  },
  rolling: {
    about: 'a rolling restart of the servers changes no leader and interrupts no work',
    ...{ workers: 5, sessionTimeoutMs: 6_000, standing: true, times: 1 },
    once: rollingRestart,
    complaints: nothingChanged,
  },
  parent: {
    about: "an operator deletes the election's znode and everybody's place in it",
    ...{ workers: 5, sessionTimeoutMs: 2_000, standing: true, times: 10 },
    once: deleteElection,
  },
  apart: {
    about: 'a server loses the end of a session while it is down, and is found, counted and started from nothing',
    ...{ workers: 5, sessionTimeoutMs: 2_000, standing: true, times: 3 },
    once: tearApart,
    complaints: everyLostEndIsFound,
  },
} satisfies Record<string, Directed>;

/** Every other time the leader can reach no other server either, so that somebody else must lead. */
async function isolateLeader(world: World, time: number): Promise<void> {
  const leader = await connectedLeader(world);
  const { token } = leader.news;
  const server = world.ensemble.servers[leader.server]!;
  const trapped = time % 2 === 0;
  const name = trapped ? 'isolate, no other server in reach' : 'isolate';
  await world.during(name, `${leader.who} on ${world.nameOf(server)}`, async () => {
    if (trapped) for (const wire of leader.wires.filter((wire) => wire.open === 0)) wire.refuse();
    world.ensemble.isolate(server);
    await (trapped ? world.leading([token]) : pause(1.5 * world.options.sessionTimeoutMs));
    leader.heal();
    world.ensemble.heal(server);
    await world.ensemble.settled();
  });
}

/** In turn by the wire, which the candidate notices, and by SIGSTOP, which keeps its connection. */
async function silenceLeader(world: World, time: number, times: number): Promise<void> {
  await keepFrom(world, world.ensemble.servers.indexOf(await world.ensemble.leader()));
  const leader = await connectedLeader(world);
  const lastMs = (0.9 + (0.6 * time) / Math.max(1, times - 1)) * world.options.sessionTimeoutMs;
  if (time % 2 === 0) await world.during('silent wire', leader.who, () => silenced(leader, lastMs, 0));
  else await world.during('pause', leader.who, () => paused(leader, lastMs));
  await pause(world.leaseMs);
}

/** Nobody may be connected to that server. */
async function keepFrom({ members }: World, server: number): Promise<void> {
  for (const { wires } of members) wires[server]!.refuse();
  await until(() => members.every((member) => member.server >= 0), { within: 20_000 });
}

/** The holder is lost while it still believes: behind a dead wire, paused, or killed; and its znode is removed. */
async function findEmptyLine(world: World, time: number): Promise<void> {
  const holder = world.leader ?? (await firstHolder(world));
  const newcomer = world.members.find((member) => member !== holder)!;
  const { token } = holder.news;
  const how = (['dead wire', 'pause', 'kill'] as const)[time % 3]!;
  await world.during(`empty line, ${how}`, holder.who, async () => {
    if (how === 'dead wire') for (const wire of holder.wires) wire.hold();
    if (how === 'pause') holder.signal('SIGSTOP');
    if (how === 'kill') await world.kill(holder);
    await world.election.evict(holder.id);
    newcomer.tell('stand');
    await world.leading([token]);
  });
  await pause(2 * world.leaseMs);
  holder.heal();
  holder.signal('SIGCONT');
  await retire(world, holder);
}

async function firstHolder(world: World): Promise<Member> {
  await until(() => world.members.every(({ news }) => news.up), { within: 20_000 });
  world.members[0]!.tell('stand');
  return world.leading();
}

/** Out of the line, ready to be the next newcomer. */
async function retire(world: World, member: Member): Promise<void> {
  world.fill();
  await until(() => member.news.up || member.news.role === 'follower', { within: 20_000 });
  if (!member.news.up) member.tell('retire');
  await until(() => member.news.up || member.news.role === 'resigned', { within: 20_000 });
}

async function resign(world: World): Promise<void> {
  const leader = await world.leading();
  const { token } = leader.news;
  await world.during('resign', leader.who, async () => leader.tell('resign'));
  await world.leading([token]);
  await until(() => world.members.filter(({ news }) => news.role === 'follower').length === world.members.length - 1);
}

async function deleteElection(world: World): Promise<void> {
  const { token } = (await connectedLeader(world)).news;
  await world.during('parent deleted', 'election', () => world.deleteElection());
  await world.leading([token]);
}

/** The leader dies. A follower of the ensemble goes down, and comes back without the end of that session. */
async function tearApart(world: World): Promise<void> {
  const leader = await connectedLeader(world);
  const [server] = await world.ensemble.followers();
  await world.during('lost end', world.nameOf(server!), async () => {
    await world.kill(leader);
    await world.leading([leader.news.token]);
    await server!.stop();
    loseEnds(server!);
    await server!.start();
    await world.quorum();
  });
  await reunite(world);
  world.fill();
  await connectedLeader(world);
}

/** A leader, and everybody else in line: then the next is there at once. */
async function connectedLeader(world: World): Promise<Member> {
  const settled = () => world.members.every(({ news }) => news.role === 'follower' || news.role === 'leader');
  await until(settled, { within: 30_000, describe: 'everybody in line' });
  return until(() => (world.leader && world.leader.server >= 0 ? world.leader : undefined));
}

function everyLostEndIsFound({ faults }: History): string[] {
  const count = (name: string) => faults.filter((fault) => fault.name === name).length;
  const [lost, found] = [count('lost end'), count('servers-apart')];
  return lost === found ? [] : [`${lost} servers lost the end of a session, ${found} were found`];
}

function everyLossHasASuccessor({ spans, faults }: History): string[] {
  const handed = handOvers(of(spans, 'belief')).filter(({ before, after }) => before.who !== after.who).length;
  return handed === faults.length ? [] : [`${faults.length} losses, but ${handed} successions`];
}

/** A successor that waits, waits longer than a lease. */
function noWait({ spans }: History, { leaseMs }: World): string[] {
  const gaps = handOvers(of(spans, 'belief')).map(({ overlapMs }) => -overlapMs);
  const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  const late = gaps.filter((gap) => gap > leaseMs);
  return [...late, ...(median > leaseMs / 4 ? [median] : [])].map(
    (gap) => `a successor came ${Math.round(gap)} ms after a clean resign`,
  );
}

function nothingChanged({ spans, occurrences, end }: History): string[] {
  const tokens = new Set(of(spans, 'belief').map(({ token }) => token));
  const works = occurrences.filter(({ kind }) => kind === 'start').length;
  const stopped = occurrences.some(({ kind, at }) => kind === 'stop' && at < end);
  return [
    ...(tokens.size === 1 ? [] : [`${tokens.size} leaderships in place of one`]),
    ...(works === 1 && !stopped ? [] : [`work was interrupted: ${works} starts`]),
  ];
}
