import type { Detector } from '../../lib/health/detector.js';
import { fixed } from '../../lib/health/fixed.js';
import type { Heartbeat } from '../../lib/health/heartbeat.js';
import { emptyRoster, type Input, type Roster, step } from '../../lib/health/roster.js';

/** Of members whose status is not what a spec is about: the machine may well be busy. */
export const noThresholds = { loadPerCore: false, memoryUsed: false, eventLoopLagMs: false, diskUsed: false } as const;

/** How often members beat in these specs, in ms, and how often a monitor looks. */
export const EVERY = 1_000;
export const LOOK = 250;

export const beatOf = (id: string, sequence: number, more: Partial<Heartbeat> = {}): Heartbeat => ({
  id,
  sequence,
  since: 1,
  status: 'healthy',
  load: {},
  ...more,
});

/** A roster that is told what happens, and remembers each state. */
export function roll({ detector = fixed({ intervalMs: EVERY }) as Detector, forgetAfterMs = 60_000 } = {}) {
  const states: Roster[] = [emptyRoster(0)];
  const last = () => states.at(-1) as Roster;
  const tell = (input: Input) => {
    states.push(step(last(), input, { detector, checkEveryMs: LOOK, forgetAfterMs }));
    return last();
  };
  return {
    states,
    now: last,
    tell,
    /** Looks at each quarter of a second until then. */
    until(at: number) {
      for (let look = last().at + LOOK; look <= at; look += LOOK) tell({ at: look });
      return last();
    },
    /** Heard now. */
    hear: (id: string, sequence: number, more: Partial<Heartbeat> = {}) =>
      tell({ at: last().at, heartbeat: beatOf(id, sequence, more) }),
    member: (id: string) => last().tracked.get(id)?.member,
  };
}
