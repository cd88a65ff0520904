/** What happens to the members of an election, to their ensemble and to the wires between, drawn from the seed. */
import { between, oneOf, type Random } from '../../lib/sim/random.js';
import { aimed } from './zookeeper-aimed.js';
import type { Barrier, Member, World } from './zookeeper-member.js';
import type { Operator } from './zookeeper-operator.js';

/** Begins, and returns how it ends, if that takes anything. */
type Begin = (stage: Stage, target: Member, forMs: number) => (() => void) | undefined;

export interface Stage {
  readonly world: World;
  readonly members: readonly Member[];
  readonly operator: Operator;
}

const begin = {
  ...aimed,
  /** The process stops; its clocks go on. */
  pause: (_, { process }) => paused(process, false),
  /** The machine stops, and its monotonic clock with it. */
  suspend: (_, { process }) => paused(process, true),
  /** Stopped, and removed from the line meanwhile. */
  'pause-evict'({ world, operator }, target, forMs) {
    return both(
      within(world, Math.min(forMs, 200), () => operator.evict(target)),
      paused(target.process, false),
    );
  },
  /** Unreachable, and removed from the line meanwhile. */
  'cut-evict'({ world, operator }, target, forMs) {
    return both(
      within(world, Math.min(forMs, 200), () => operator.evict(target)),
      barred(target, () => true),
    );
  },
  crash: (_, target) => crashed(target, false),
  vanish: (_, target) => crashed(target, true),
  isolate: (_, target) => barred(target, () => true),
  /** Sends, and hears nothing. */
  deafen: (_, target) => barred(target, (_server, direction) => direction === 'down'),
  /** So long that it gives up its session, which its greetings keep alive. */
  abandon: (_, target) =>
    barred(target, (_server, direction) => direction === 'down' && target.link?.session !== undefined),
  /**
   * So long that it gives up its session, which the servers lose track of: its place stays in line, for a while or to
   * the end. Either nobody reaches it, or the servers have no word for that session alone.
   */
  outlive({ world }, target, forMs) {
    const session = target.link?.session;
    if (session === undefined || !target.isSettled) return undefined;
    const { ensemble, random, timeline, rules } = world;
    const lastsMs = random() < 0.5 ? Number.POSITIVE_INFINITY : forMs + random() * 3 * rules.sessionTimeoutMs;
    const until = timeline.now + lastsMs;
    const canLook = remembered(target);
    ensemble.expiries.keep(session, () => timeline.now < until && canLook());
    if (random() < 0.5) return barred(target, () => true);
    return barred(target, (_server, direction) => direction === 'down' && target.link?.session === session);
  },
  /** Hears, and what it sends waits. */
  mute: (_, target) => barred(target, (_server, direction) => direction === 'up'),
  unlink(_, target) {
    const at = target.link?.server;
    return barred(target, (server) => server === at);
  },
  /** What was sent may still be carried out. */
  break({ world }, { link }) {
    link?.break(world.random() < 0.7);
    return undefined;
  },
  /** The wire breaks when the next write of this member has been carried out. */
  'lose-answer'({ operator }, target) {
    return operator.afterNextWriteOf(target, (link) => link.break(true));
  },
  /** A server and the others do not hear each other; those who ask it may not notice. */
  'cut-server'({ world }, target, forMs) {
    const { ensemble, random } = world;
    const at = random() < 0.7 ? (target.link?.server ?? 0) : ensemble.servers.length - 1;
    const heal = ensemble.cut(at);
    return random() < 0.5
      ? heal
      : both(
          heal,
          within(world, forMs, () => ensemble.stop(at)),
        );
  },
  /** What a server tells is old, and it takes new connections. */
  'lag-server'({ world: { ensemble, random } }) {
    return ensemble.lag(Math.floor(random() * ensemble.servers.length));
  },
  'stop-server': ({ world: { ensemble } }, { link }) => ensemble.stop(link?.server ?? 0),
  stall: ({ world: { ensemble } }) => ensemble.stall(),
  expire({ operator }, target) {
    operator.expire(target);
    return undefined;
  },
  evict({ operator }, target) {
    operator.evict(target);
    return undefined;
  },
  ask({ operator, world: { random }, members }, target) {
    operator.ask(target, random() < 0.5 ? oneOf(random, members) : undefined);
    return undefined;
  },
  nominate({ operator, world: { random }, members }) {
    operator.nominate(oneOf(random, members));
    return undefined;
  },
  'delete-parent'({ operator, world: { judge } }) {
    judge.recordLost();
    operator.deleteElection();
    return undefined;
  },
  /** Leaves, and stands again. */
  resign({ world: { random } }, target) {
    const suspect = oneOf(random, target.suspects);
    if (!suspect) return undefined;
    const { process } = target;
    target.resign(suspect);
    return () => target.process === process && target.isUp && target.stand();
  },
} satisfies Record<string, Begin>;

export type FaultKind = keyof typeof begin;
export const faultKinds = Object.keys(begin) as readonly FaultKind[];

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly forMs: number;
  readonly target: 'leader' | 'any';
}

/** Faults overlap, since none waits for another to end. */
export function drawFaults(random: Random, kinds: readonly FaultKind[], untilMs: number, scaleMs: number): Fault[] {
  const count = Math.floor(between(random, 3, 16));
  const directed = between(random, 0.3, 0.7);
  return Array.from({ length: kinds.length > 0 ? count : 0 }, () => {
    const kind = oneOf(random, kinds)!;
    const lasts =
      kind === 'abandon' || kind === 'outlive' ? between(random, 3, 4.5) : between(random, 0.02, 2.5) * random();
    const target = random() < directed ? ('leader' as const) : ('any' as const);
    return { kind, atMs: between(random, 0, untilMs), forMs: scaleMs * lasts, target };
  });
}

/** Faults that wait for their moment, one after another, each with time to have its way. */
export function drawAims(random: Random, untilMs: number, scaleMs: number): Fault[] {
  const kinds = Object.keys(aimed) as (keyof typeof aimed)[];
  return Array.from({ length: Math.ceil(random() * 4) }, () => ({
    kind: oneOf(random, kinds)!,
    // Often the last of all, so that nothing heals what it has done.
    atMs: random() < 0.4 ? untilMs * between(random, 0.9, 1) : between(random, 0, untilMs),
    forMs: scaleMs * between(random, 0.5, 4),
    target: random() < 0.8 ? ('leader' as const) : ('any' as const),
  }));
}

/** Lets a fault begin, and adds how it ends to `ends`, from which it vanishes once it has ended. */
export function beginFault(stage: Stage, { kind, target, forMs }: Fault, ends: Set<() => void>): void {
  const { world, members } = stage;
  const [believer] = world.judge.believers();
  const leader = members.find(({ suspects }) => believer && suspects.includes(believer));
  const member = (target === 'leader' && leader) || oneOf(world.random, members)!;
  world.trace(member.name, () => `FAULT ${kind} for ${forMs.toFixed(3)} ms`);
  const undo = (begin[kind] as Begin)(stage, member, forMs);
  if (!undo) return;
  const end = () => {
    if (!ends.delete(end)) return;
    world.trace(member.name, () => `END of ${kind}`);
    undo();
  };
  ends.add(end);
  world.timeline.at(world.timeline.now + forMs, end);
}

/** Lets something begin at some time from now; what is returned calls it off, or ends it. */
function within({ timeline, random }: World, ms: number, act: () => (() => void) | void): () => void {
  let end: (() => void) | void;
  let begin: typeof act = act;
  timeline.at(timeline.now + random() * ms, () => {
    end = begin();
  });
  return () => {
    begin = () => undefined;
    end?.();
  };
}

const both = (one: () => void, other: () => void) => () => {
  one();
  other();
};

function paused(process: Member['process'], asleep: boolean): () => void {
  process.pause(asleep);
  return () => process.resume();
}

function crashed(target: Member, silently: boolean): () => void {
  target.crash(silently);
  return () => target.start();
}

/** True while everybody who stands here now does: whoever has a place can look for it in the next session. */
function remembered(target: Member): () => boolean {
  const { process } = target;
  const suspects = [...target.suspects];
  return () => process.isAlive && suspects.every((suspect) => target.suspects.includes(suspect));
}

function barred(target: Member, barrier: Barrier): () => void {
  target.barriers.add(barrier);
  return () => {
    target.barriers.delete(barrier);
    target.letGo();
  };
}
