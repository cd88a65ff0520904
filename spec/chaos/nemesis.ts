/** Carries a schedule out, one fault after the other, some of them before the world has recovered. */
import { setTimeout as pause } from 'node:timers/promises';
import { faults, restart, reunite } from './faults.js';
import type { Step } from './schedule.js';
import type { World } from './world.js';

/** The longest that anything may take that we wait for. What is late is for the checker to judge. */
const PATIENCE_MS = 30_000;

export interface Progress {
  /** Steps carried out so far. */
  readonly steps: number;
  readonly step?: Step;
}

/** Until the schedule or the time is over. Ends with everything mended and a leader, if there is to be one. */
export async function unleash(
  world: World,
  schedule: readonly Step[],
  forMs: number,
  tell: (progress: Progress) => void,
): Promise<void> {
  const deadline = performance.now() + forMs;
  await settle(world);
  for (const [steps, step] of schedule.entries()) {
    if (performance.now() >= deadline) break;
    tell({ steps, step });
    await carryOut(world, step);
  }
  await restart(world);
  await reunite(world);
  await settle(world);
}

async function carryOut(world: World, step: Step): Promise<void> {
  world.fill();
  if (step.chance < 0.5) await restart(world);
  await faults[step.fault](world, step);
  await reunite(world);
  if (step.settle) await settle(world);
  await pause(step.thenMs);
}

async function settle(world: World): Promise<void> {
  world.fill();
  const { sessionTimeoutMs } = world.options;
  await world
    .leading([], sessionTimeoutMs)
    .catch(() => reunite(world))
    .then(() => world.leading([], PATIENCE_MS))
    .catch(() => undefined);
}
