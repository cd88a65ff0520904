/** What happens to the nodes of a simulation and to their network, decided before it begins. */
import { checkDuration, checkNumber } from '../options.js';
import type { NodeId } from '../peers/machine.js';
import type { Group, SimulatedNode } from './group.js';
import { between, oneOf, type Random } from './random.js';

export const faultKinds = [
  'partition',
  'isolate',
  'deafen',
  'mute',
  'unlink',
  'crash',
  'crash-midway',
  'bounce',
  'wipe',
  'pause',
  'release',
  'withdraw',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  /** Those that end by themselves. */
  readonly forMs: number;
  /** Whoever leads, or anybody. */
  readonly target: 'leader' | 'any';
}

/** Lets a fault begin; returns how to end it, if that takes anything. */
type Begin = (group: Group, target: SimulatedNode, forMs: number) => (() => void) | undefined;

const begin: Readonly<Record<FaultKind, Begin>> = {
  /** Two sides that do not hear each other. */
  partition(group) {
    const side = new Set(group.nodes.filter(() => group.random() < 0.5).map(({ id }) => id));
    return cut(group, (from, to) => side.has(from) !== side.has(to));
  },
  isolate: (group, { id }) => cut(group, (from, to) => from === id || to === id),
  /** Hears nothing, and is heard. */
  deafen: (group, { id }) => cut(group, (_, to) => to === id),
  /** Hears, and is not heard. */
  mute: (group, { id }) => cut(group, (from) => from === id),
  /** One link breaks, in both directions. */
  unlink(group, { id }) {
    const other = oneOf(
      group.random,
      group.members.filter((node) => node.id !== id),
    )?.id;
    return cut(group, (from, to) => (from === id && to === other) || (from === other && to === id));
  },
  crash(group, target) {
    group.crash(target);
    return () => group.start(target);
  },
  /** Between two effects of a step that saves. */
  'crash-midway'(group, target) {
    target.diesAfter = Math.floor(group.random() * 3);
    return () => {
      target.diesAfter = undefined;
      group.start(target);
    };
  },
  /** All others start again, at once or within a moment. */
  bounce(group, target, forMs) {
    for (const node of group.nodes) {
      if (node === target || !node.process) continue;
      group.crash(node);
      group.at(group.now + group.random() * Math.min(forMs, 50), () => group.start(node));
    }
    return undefined;
  },
  /** Never more than a minority of the disks; afterwards the node watches, or does not come back. */
  wipe(group, target) {
    if (!target.isMember || spare(group) < 1) return undefined;
    group.wipe(target);
    return group.random() < 0.5 ? () => group.start(target) : undefined;
  },
  pause(group, target) {
    group.pause(target);
    return () => group.resume(target);
  },
  release(group, target) {
    const to = oneOf(group.random, [undefined, ...group.members])?.id;
    group.tell(target, to === undefined ? { type: 'release' } : { type: 'release', to });
    return undefined;
  },
  withdraw(group, target) {
    const { standing } = target;
    if (!standing) return undefined;
    target.standing = undefined;
    group.tell(target, { type: 'stand', standing: undefined });
    return () => {
      if (target.hasLostDisk) return;
      target.standing = standing;
      group.tell(target, { type: 'stand', standing });
    };
  },
};

/** Lets a fault begin, and adds how it ends to `ends`, from which it vanishes once it has ended. */
export function beginFault(group: Group, { kind, target, forMs }: Fault, ends: Set<() => void>): void {
  const leader = group.nodes.find(({ view, now }) => view?.leading && now() < view.leading.until);
  const node = (target === 'leader' && leader) || oneOf(group.random, group.nodes);
  const undo = node && begin[kind](group, node, forMs);
  if (!undo) return;
  const end = () => {
    if (ends.delete(end)) undo();
  };
  ends.add(end);
  group.at(group.now + forMs, end);
}

/** One that does not end, and that a majority of connected members survives; on none if there is none to spare. */
export function beginLasting(group: Group, kind: FaultKind): void {
  const target = oneOf(
    group.random,
    group.members.filter(({ hasLostDisk }) => !hasLostDisk),
  );
  if (target && spare(group) >= 1) begin[kind](group, target, Number.POSITIVE_INFINITY);
}

/** How many more members may be missing. */
function spare({ members }: Group): number {
  return Math.ceil(members.length / 2) - 1 - members.filter(({ hasLostDisk }) => hasLostDisk).length;
}

function cut(group: Group, isCut: (from: NodeId, to: NodeId) => boolean): () => void {
  group.cuts.add(isCut);
  return () => void group.cuts.delete(isCut);
}

export interface FaultPlan {
  /** @default all */
  readonly kinds?: readonly FaultKind[];
  readonly untilMs: number;
  /** From one fault to the next, on average. */
  readonly everyMs: number;
  /** They last up to three times as long, mostly less. */
  readonly scaleMs: number;
  /** The share that hits the leader. @default 0.5 */
  readonly directed?: number;
}

/** Draws a schedule: faults overlap, and half of them hit the leader. Throws InvalidOptionError. */
export function drawFaults(random: Random, plan: FaultPlan): Fault[] {
  const { kinds = faultKinds } = plan;
  const untilMs = checkDuration('untilMs', plan.untilMs, 0, Number.MAX_SAFE_INTEGER);
  const everyMs = checkDuration('everyMs', plan.everyMs, 0.001);
  const scaleMs = checkDuration('scaleMs', plan.scaleMs);
  const directed = checkNumber('directed', plan.directed ?? 0.5, 0, 1);
  const faults: Fault[] = [];
  for (let atMs = 0; ; ) {
    atMs -= everyMs * Math.log(1 - random());
    const kind = oneOf(random, kinds);
    if (atMs >= untilMs || kind === undefined) return faults;
    const forMs = scaleMs * between(random, 0.02, 3) * random();
    faults.push({ kind, atMs, forMs, target: random() < directed ? 'leader' : 'any' });
  }
}
