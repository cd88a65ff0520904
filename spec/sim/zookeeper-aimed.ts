/**
 * Faults that wait for their moment: between a request and its answer, while somebody waits for a lost leader's lease,
 * while work drains. At a time drawn blindly they would be met once in thousands of runs.
 */
import { between, oneOf } from '../../lib/sim/random.js';
import type { Stage } from './zookeeper-faults.js';
import type { Barrier, Member, World } from './zookeeper-member.js';

type End = () => void;
type Begin = (stage: Stage, target: Member) => End;

/** What has begun, to be ended together, or never to begin. */
class Scene {
  readonly #ends: End[] = [];
  #isOver = false;

  constructor(private readonly world: World) {}

  readonly end = (): void => {
    this.#isOver = true;
    for (const end of this.#ends) end();
  };

  add(end: End): void {
    this.#ends.push(end);
  }

  /** At some time from now, never within what happens now. */
  within(ms: number, act: () => void): void {
    const { random } = this.world;
    this.after(random() * ms, act);
  }

  after(ms: number, act: () => void): void {
    const { timeline } = this.world;
    timeline.at(timeline.now + ms, () => this.#isOver || act());
  }

  /** Until the end, or for a while. */
  bar(member: Member, barrier: Barrier, forMs?: number): void {
    const lift = () => {
      member.barriers.delete(barrier);
      member.letGo();
    };
    member.barriers.add(barrier);
    this.add(lift);
    if (forMs !== undefined) this.after(forMs, lift);
  }

  /** Leaves, and stands again when all is over. */
  resign(member: Member): void {
    const { process } = member;
    const suspect = oneOf(this.world.random, member.suspects);
    if (!suspect) return;
    member.resign(suspect);
    this.add(() => member.process === process && member.isUp && member.stand());
  }

  crash(member: Member): void {
    member.crash(this.world.random() < 0.5);
    this.add(() => member.start());
  }
}

export const aimed = {
  /** The answer to its next write, perhaps late, is the last that it hears; meanwhile its place is taken away. */
  'last-word'({ world, operator }, target) {
    const scene = new Scene(world);
    const { timeline, random, rules } = world;
    const lateMs = random() < 0.5 ? 0 : (random() * rules.sessionTimeoutMs) / 5;
    const armed = operator.afterNextWriteOf(target, () => {
      const opensAt = timeline.now + lateMs;
      let passing = random() < 0.7 ? 1 : 2;
      scene.bar(target, (_, direction) => direction === 'up' || timeline.now < opensAt || --passing < 0);
      timeline.at(opensAt, () => target.letGo());
      scene.within(random() < 0.7 ? 1 : 50, () => operator.evict(target));
    });
    scene.add(armed);
    return scene.end;
  },
  /** It is cut off and loses its place; whoever claims next, and has to wait for its lease, is met by something too. */
  'strike-waiting'(stage, target) {
    const { world, operator, members } = stage;
    const scene = new Scene(world);
    const others = members.filter((member) => member !== target);
    scene.add(
      operator.afterNextClaimOf(others, (claimant) =>
        scene.within(60, () => strikeWaiting(scene, stage, claimant, longestWait(world, target))),
      ),
    );
    scene.bar(target, () => true);
    scene.within(5, () => operator.evict(target));
    return scene.end;
  },
  /** The server that it asks hears nothing of the others, and so not that its place is taken away. */
  'old-server'({ world, operator }, target) {
    const scene = new Scene(world);
    const { random, ensemble } = world;
    const server = target.link?.server ?? 0;
    scene.add(random() < 0.5 ? ensemble.cut(server) : ensemble.lag(server));
    scene.within(20, () => operator.evict(target));
    return scene.end;
  },
  /** It is asked to go, and something comes between. */
  'strike-asked'({ world, operator }, target) {
    const scene = new Scene(world);
    operator.ask(target, undefined);
    const strikes = [
      () => operator.evict(target),
      () => operator.evict(target),
      () => target.link?.break(true),
      () => operator.expire(target),
      () => scene.bar(target, (_, direction) => direction === 'down'),
    ];
    scene.within(60, oneOf(world.random, strikes)!);
    return scene.end;
  },
  /** Cut off until its lease is over, it claims again, and is to go at once: what it did before may still drain. */
  'lead-again'({ world, operator }, target) {
    const scene = new Scene(world);
    const { random } = world;
    const go = () => (random() < 0.5 ? operator.ask(target, undefined) : scene.resign(target));
    scene.add(operator.afterNextClaimOf([target], () => scene.within(100, go)));
    scene.bar(target, () => true, target.leaseMs * between(random, 0.9, 1.4));
    return scene.end;
  },
  /** The election is deleted once and again, so that its names come again; then somebody loses the answer to its claim. */
  'names-again'(stage) {
    const { world, operator, members } = stage;
    const scene = new Scene(world);
    const deleted = (then: (leader: Member) => void) => {
      world.judge.recordLost();
      operator.deleteElection();
      scene.add(operator.afterNextClaimOf(members, then));
    };
    const lost = (leader: Member, then: (next: Member) => void) =>
      scene.within(leader.leaseMs, () => {
        const others = members.filter((member) => member !== leader);
        scene.add(operator.afterNextClaimOf(others, then));
        operator.evict(leader);
        scene.bar(leader, () => true, longestWait(world, leader));
      });
    const again = () => deleted((leader) => lost(leader, ({ link }) => link?.break(true)));
    deleted((leader) =>
      lost(leader, () => {
        scene.after(longestWait(world, leader) + 200, again);
      }),
    );
    return scene.end;
  },
  /** Somebody takes a place, in a new session, or in a new process; something comes between its requests. */
  'strike-joining'({ world, operator }, target) {
    const scene = new Scene(world);
    const { random } = world;
    const strikes = [
      () => scene.resign(target),
      () => target.link?.break(random() < 0.8),
      () => operator.expire(target),
      () => scene.crash(target),
    ];
    const strike = oneOf(random, strikes)!;
    const arm = (writes: number): void =>
      scene.add(operator.afterNextWriteOf(target, () => (writes > 1 ? arm(writes - 1) : scene.within(30, strike))));
    arm(oneOf(random, [1, 1, 2, 3])!);
    if (random() < 0.5) operator.expire(target);
    else {
      target.crash(random() < 0.5);
      target.start();
    }
    return scene.end;
  },
} satisfies Record<string, Begin>;

/** How long whoever comes after it has to wait. */
const longestWait = ({ rules }: World, { leaseMs }: Member): number => (leaseMs + 20) * (1 + 2 * rules.clockDrift);

function strikeWaiting(scene: Scene, { world, operator }: Stage, waiting: Member, waitMs: number): void {
  const { random, rules } = world;
  const strikes = [
    () => scene.resign(waiting),
    () => scene.crash(waiting),
    () => waiting.link?.break(true),
    () => operator.evict(waiting),
    () => deafAndOut(),
    () => deafAndOut(),
  ];
  /** Asked to go and removed, both of which it hears only when it would lead. */
  const deafAndOut = () => {
    const deafMs = waitMs + random() * Math.min(waiting.leaseMs, rules.sessionTimeoutMs / 6);
    scene.bar(waiting, (_, direction) => direction === 'down', deafMs);
    operator.ask(waiting, undefined);
    scene.within(5, () => operator.evict(waiting));
  };
  oneOf(random, strikes)!();
}
