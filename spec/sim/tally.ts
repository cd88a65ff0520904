/** What many runs have shown together. @pure */
import type { Outcome } from './subjects.js';

export interface Total {
  readonly runs: number;
  readonly elections: number;
  readonly events: number;
  readonly messages: number;
  readonly crashes: number;
  readonly violations: number;
  readonly virtualMs: number;
}

export const NOTHING: Total = {
  ...{ runs: 0, elections: 0, events: 0, messages: 0, crashes: 0, violations: 0, virtualMs: 0 },
};

export function totalOf({ leaderships, counts, endedAtMs }: Outcome, violations: number): Total {
  const { events, messages, crashes } = counts;
  return {
    runs: 1,
    elections: leaderships.length,
    ...{ events, messages, crashes, violations, virtualMs: endedAtMs },
  };
}

export function add(one: Total, other: Total): Total {
  const names = Object.keys(one) as (keyof Total)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Total;
}

export function told(
  { name, seed, runs: asked }: { name: string; seed: number; runs: number },
  total: Total,
  tookS: number,
): string {
  const { runs, violations, elections, messages, crashes, events, virtualMs } = total;
  const rate = (count: number) => Math.round(count / tookS);
  return (
    `${name}: ${runs} runs, seeds ${seed} to ${seed + asked - 1}, in ${tookS.toFixed(1)} s: ` +
    `${rate(60 * runs)} runs/min, ${rate(events)} events/s, ${rate(virtualMs / 1_000)} times real time\n` +
    `${elections} elections, ${messages} messages, ${crashes} crashes, ` +
    `${(virtualMs / 3_600_000).toFixed(1)} hours of virtual time\n` +
    `${violations} violations\n`
  );
}
