import { describe, expect, it } from 'vitest';
import type { Machine } from '../../lib/peers/machine.js';
import { drawFaults, type FaultPlan } from '../../lib/sim/machine-faults.js';
import { type Setting, simulate } from '../../lib/sim/machines.js';
import { seeded } from '../../lib/sim/random.js';

const refused = (option: string) => expect.objectContaining({ name: 'InvalidOptionError', option });
const plan: FaultPlan = { untilMs: 1_000, everyMs: 100, scaleMs: 100 };

describe('what would never end', () => {
  it.each<[keyof FaultPlan, number]>([
    ['scaleMs', Number.NaN],
    ['directed', 2],
    ['untilMs', Number.POSITIVE_INFINITY],
    ['everyMs', 0],
    ['everyMs', Number.NaN],
  ])('is no plan of faults: %s %d', (option, value) => {
    expect(() => drawFaults(seeded(1), { ...plan, [option]: value })).toThrow(refused(option));
  });

  it.each<[keyof Setting, number]>([
    ['calmAtMs', Number.NaN],
    ['electionTimeoutMs', Number.NaN],
    ['electionTimeoutMs', Number.POSITIVE_INFINITY],
  ])('is no simulation: %s %d', (option, value) => {
    const quiet: Setting = {
      ...{ seed: 1, nodes: ['a'], electionTimeoutMs: 1_000, clockDrift: 0, faults: [], calmAtMs: 1_000 },
      network: { delayMs: [1, 2], loss: 0, duplication: 0, slow: 0, slowMs: 0 },
    };
    expect(() => simulate({ ...quiet, machine: () => idle, [option]: value })).toThrow(refused(option));
  });
});

/** Nobody; who wakes up now and then, but not for ever. */
const idle: Machine<number, never, never> = {
  init: () => 0,
  step: (steps, { at }) => [steps + 1, steps < 1_000 ? [{ type: 'alarm', at: at + 100 }] : []],
  view: () => ({
    ...{ term: 0, leader: undefined, leading: undefined },
    statistics: { elections: 0, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: undefined },
  }),
  decode: () => undefined,
};
