/** What the nemesis can do: each fault acts, and returns when it is over and a quorum serves. */
import { setTimeout as pause } from 'node:timers/promises';
import { findApart } from '../support/apart.js';
import type { ZooKeeperServer } from '../support/zookeeper.js';
import type { Member } from './member.js';
import { loseOnly, packetsCanBeLost, type Ways } from './packets.js';
import type { FaultName, Step, Target } from './schedule.js';
import type { World } from './world.js';

type Inflict = (world: World, step: Step) => Promise<void>;

export const faults: Readonly<Record<FaultName, Inflict>> = {
  kill: onMember((world, member) => world.kill(member)),
  pause: onMember((_, member, { lastMs }) => paused(member, lastMs)),
  cut: onMember(async (_, { wires }, { chance }) => {
    for (const wire of wires) wire.cut(chance < 0.5 ? 'close' : 'reset');
  }),
  'black-hole': onMember((_, member, { lastMs, chance }) => silenced(member, lastMs, chance)),
  'deaf-server': onMember(async (_, { wires, server }, { lastMs }) => {
    wires[server]?.silent();
    await pause(lastMs);
    wires[server]?.forward();
  }),
  'packet-loss': onMember(async (_, member, { lastMs, chance }) => {
    if (!packetsCanBeLost()) return silenced(member, lastMs, chance);
    const mend = loseOnly(
      ways(chance),
      member.wires.map(({ port }) => port),
    );
    await pause(lastMs);
    mend();
  }),
  delay: onMember(async (_, { wires }, { lastMs, chance }) => {
    for (const wire of wires) wire.delay(MAX_DELAY_MS * chance);
    await pause(lastMs);
    for (const wire of wires) wire.forward();
  }),
  'half-reply': onMember(async (_, { wires, server }, { chance, lastMs }) => {
    const wire = wires[server];
    await Promise.race([wire?.cutAfter(1 + Math.floor(MAX_HALF_BYTES * chance), 'toClient'), pause(lastMs)]);
    wire?.forward();
  }),
  'blocked-loop': onMember(async (_, member, { lastMs }) => {
    member.tell({ blockMs: lastMs });
    await pause(lastMs);
  }),
  'wall-step': onMember(async (_, member, { chance }) => {
    member.tell({ setWallMs: (chance - 0.5) * 2 * MAX_STEP_MS });
  }),
  resign: onMember(async (_, member) => member.tell('resign')),
  'step-down': onMember((world, member, { target }) => {
    const to = target === 'leader' ? undefined : member.id;
    return world.election.stepDown({ to, timeoutMs: 2 * world.options.sessionTimeoutMs });
  }),
  evict: onMember((world, member) => world.election.evict(member.id)),
  'server-kill': onServer((world, server) =>
    world.during('server-kill', world.nameOf(server), () => killed(world, server)),
  ),
  'server-pause': onServer((world, server, { lastMs }) =>
    world.during('server-pause', world.nameOf(server), async () => {
      server.pause();
      await pause(lastMs);
      server.resume();
      await world.quorum();
    }),
  ),
  isolate: onServer((world, server, step) =>
    world.during('isolate', world.nameOf(server), async () => {
      await isolated(world, server, step);
      await world.quorum();
    }),
  ),
  bridge: onServer((world, server, { lastMs }) =>
    world.during('bridge', world.nameOf(server), async () => {
      const { servers } = world.ensemble;
      world.ensemble.part(server, servers[(servers.indexOf(server) + 1) % servers.length]!);
      await pause(lastMs);
      world.ensemble.heal(server);
      await world.quorum();
    }),
  ),
  'packet-partition': onServer((world, server, step) =>
    world.during('packet-partition', world.nameOf(server), async () => {
      await (packetsCanBeLost() ? parted(world, server, step) : isolated(world, server, step));
      await world.quorum();
    }),
  ),
  'rolling-restart': rollingRestart,
  'parent-deleted': deleteParent,
};

/** Of each byte, each way. */
const MAX_DELAY_MS = 300;
/** Somewhere in the next replies; most are shorter than a hundred bytes. */
const MAX_HALF_BYTES = 200;
/** An hour forward or back. */
const MAX_STEP_MS = 3_600_000;

/** Every server in turn is stopped, started, and joins again, before it is the next one's. All serve before the first. */
export async function rollingRestart(world: World): Promise<void> {
  await restart(world);
  for (const server of world.ensemble.servers) {
    await world.during('rolling-restart', world.nameOf(server), async () => {
      await server.stop();
      await world.quorum();
      await server.start();
      await world.quorum();
    });
  }
}

async function isolated({ ensemble }: World, server: ZooKeeperServer, { lastMs, chance }: Step): Promise<void> {
  ensemble.isolate(server, chance < 0.75 ? 'silent' : 'reset');
  await pause(lastMs);
  ensemble.heal(server);
}

/** Packets between this server and the others are lost; what is sent again arrives when they are not any more. */
async function parted({ ensemble }: World, server: ZooKeeperServer, { lastMs, chance }: Step): Promise<void> {
  const mend = loseOnly(ways(chance), ensemble.portsOf(server));
  await pause(lastMs);
  mend();
}

/** Every other time in one direction only. */
const ways = (chance: number): Ways => (chance < 0.25 ? 'there' : chance < 0.5 ? 'back' : 'both');

/**
 * The record goes with the znode, and with it what tells a successor to wait. So only while the leader is in reach (it has
 * led for more than a lease since the last fault): it hears of it at once. Waits for the next leader.
 */
async function deleteParent(world: World): Promise<void> {
  await world.leading();
  await pause(2 * world.leaseMs);
  const leader = await world.leading();
  await world.during('parent-deleted', 'election', async () => {
    await world.deleteElection();
    await world.leading([leader.news.token]);
  });
}

/** SIGSTOP: nobody answers for it, and its connections stay open. */
export async function paused(member: Member, lastMs: number): Promise<void> {
  member.signal('SIGSTOP');
  await pause(lastMs);
  member.signal('SIGCONT');
}

/** All wires are dead, then everything that was kept arrives at once; or what one side said is lost. */
export async function silenced({ wires }: Member, lastMs: number, chance: number): Promise<void> {
  for (const wire of wires) {
    if (chance < 0.5) wire.hold();
    else wire.drop(chance < 0.75 ? 'toServer' : 'toClient');
  }
  await pause(lastMs);
  for (const wire of wires) wire.forward();
  if (chance >= 0.5) for (const wire of wires) wire.cut('reset'); // a stream with a hole in it is of no use to anybody
}

/** SIGKILL. Its return is an event of its own. */
async function killed(world: World, server: ZooKeeperServer): Promise<void> {
  await server.kill();
  await world.quorum();
}

function onMember(act: (world: World, member: Member, step: Step) => Promise<unknown>): Inflict {
  return async (world, step) => {
    const member = pick(world, step);
    if (member) await world.during(step.fault, `${member.who} (${step.target})`, () => act(world, member, step));
  };
}

function pick({ leader, members }: World, { target, chance }: Step): Member | undefined {
  const next = members.find(({ alive, news }) => alive && news.role === 'follower' && news.ahead === 1);
  const chosen = { leader, next }[target as string];
  const alive = members.filter((member) => member.alive);
  return chosen ?? alive[Math.floor(chance * 997) % alive.length];
}

function onServer(act: (world: World, server: ZooKeeperServer, step: Step) => Promise<void>): Inflict {
  return async (world, step) => {
    await restart(world);
    const server = await aim(world, step.target, step.chance);
    if (server) await act(world, server, step);
  };
}

async function aim({ ensemble, leader }: World, target: Target, chance: number): Promise<ZooKeeperServer | undefined> {
  if (target === 'zookeeper-leader') return ensemble.leader();
  const server = target === 'leader' ? ensemble.servers[leader?.server ?? -1] : undefined;
  return server ?? ensemble.servers[Math.floor(chance * 997) % ensemble.servers.length];
}

/** Brings back every server that was killed. */
export async function restart(world: World): Promise<void> {
  for (const server of world.ensemble.servers.filter(({ running }) => !running)) {
    await world.during('server-start', world.nameOf(server), async () => {
      await server.start();
      await world.quorum();
    });
  }
}

/**
 * As an operator would: a server that holds other things than the rest starts from nothing. That is a fault of
 * ZooKeeper's own, and counted as one; nobody can lead in time where a follower is shown a znode that is not there.
 */
export async function reunite(world: World): Promise<void> {
  const apart = await findApart(world.ensemble.servers);
  if (!apart) return;
  const { server, what } = apart;
  await world.during('servers-apart', `${world.nameOf(server)}, by ${what}`, async () => {
    await server.kill();
    await server.wipe();
    await server.start();
    await world.quorum();
  });
}
