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
    const { timeline, random } = this.world;
    timeline.at(timeline.now + random() * ms, () => this.#isOver || act());
  }

  bar(member: Member, barrier: Barrier): void {
    member.barriers.add(barrier);
    this.add(() => {
      member.barriers.delete(barrier);
      member.letGo();
    });
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
        scene.within(60, () => strikeWaiting(scene, stage, claimant, target.leaseMs)),
      ),
    );
    scene.bar(target, () => true);
    scene.within(5, () => operator.evict(target));
    return scene.end;
  },
  /** It is asked to go, and something comes between. */
  'strike-asked'({ world, operator }, target) {
    const scene = new Scene(world);
    operator.ask(target, undefined);
    const strikes = [
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
    const { timeline, random } = world;
    const until = timeline.now + target.leaseMs * between(random, 0.9, 1.4);
    const go = () => (random() < 0.5 ? operator.ask(target, undefined) : scene.resign(target));
    scene.add(operator.afterNextClaimOf([target], () => scene.within(100, go)));
    scene.bar(target, () => timeline.now < until);
    timeline.at(until, () => target.letGo());
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

/** `waitMs`: for how long at least it waits, by its claim. */
function strikeWaiting(scene: Scene, { world, operator }: Stage, waiting: Member, waitMs: number): void {
  const { timeline, random } = world;
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
    const until = timeline.now + waitMs * (1 + random());
    scene.bar(waiting, (_, direction) => direction === 'down' && timeline.now < until);
    timeline.at(until, () => waiting.letGo());
    operator.ask(waiting, undefined);
    scene.within(5, () => operator.evict(waiting));
  };
  oneOf(random, strikes)!();
}
