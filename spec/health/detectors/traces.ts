/** When heartbeats arrived: recorded from real processes, and generated from a seed. */
import { readFileSync } from 'node:fs';

export interface Trace {
  readonly name: string;
  readonly intervalMs: number;
  /** In ms, rising. */
  readonly arrivals: readonly number[];
}

/** As it is kept in a file: the spans between arrivals, after what they are and how they were recorded. */
interface Recorded {
  readonly name: string;
  readonly intervalMs: number;
  readonly spans: readonly number[];
}

export function readTrace(file: string): Trace {
  const { name, intervalMs, spans } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  return { name, intervalMs, arrivals: instants(spans) };
}

export function instants(spans: readonly number[]): number[] {
  let at = 0;
  return [0, ...spans.map((span) => (at += span))];
}

/** mulberry32: small, even enough, and the same everywhere. In [0, 1). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** From the standard normal distribution (Box and Muller). */
const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** How late a heartbeat arrives, in ms after it was due; `undefined` if never. `n` counts heartbeats. */
type Delay = (random: () => number, n: number) => number | undefined;

/** Once a second; each delay on its own, so that late ones do not make the next ones late. */
export const kinds: Readonly<Record<string, Delay>> = {
  'steady: 5 ms of jitter': (random) => 20 + Math.abs(5 * normal(random)),
  'a wide network: 100 ms of jitter': (random) => 200 + Math.abs(100 * normal(random)),
  'lossy: 5 % never arrive': (random) => (random() < 0.05 ? undefined : 20 + Math.abs(20 * normal(random))),
  'heavy tail: Pareto, one in 500 over 1.6 s': (random) => 20 * (1 - random()) ** (-1 / 1.42),
  'pauses: 2.5 s every 200 beats, as of a collector': (random, n) =>
    20 + Math.abs(5 * normal(random)) + (n % 200 < 3 ? 2_500 - (n % 200) * 800 : 0),
  'bursts: a minute of 30 % loss in ten': (random, n) =>
    n % 600 < 60 && random() < 0.3 ? undefined : 20 + Math.abs(20 * normal(random)),
};

export function generate(name: string, delay: Delay, { seed, count }: { seed: number; count: number }): Trace {
  const intervalMs = 1_000;
  const random = dice(seed);
  const arrivals: number[] = [];
  for (let n = 1; n <= count; n += 1) {
    const late = delay(random, n);
    if (late !== undefined) arrivals.push(n * intervalMs + late);
  }
  return { name, intervalMs, arrivals: arrivals.sort((a, b) => a - b) };
}
