import { Floor } from './floor.js';
import type { BenchOptions } from './options.js';
import { type Line, Population, type Sessions } from './population.js';
import { ms, percentile, table } from './report.js';

/** Ours and the floor take turns of this many hand-overs, so that both meet the same machine. */
const TURN = 25;

interface Measured {
  readonly ours: readonly number[];
  readonly floor: readonly number[];
}

/** Graceful hand-overs: from the call of `resign()` to the successor's leader value, beside bare sockets. */
export async function handover(server: string, options: BenchOptions): Promise<string> {
  const { sizes, samples, warmup, root } = options;
  if (warmup > 0) await measure(server, `${root}/warmup`, 3, 'own', warmup, 0);
  const rows: string[][] = [];
  for (const [size, sessions] of lines(sizes)) {
    const path = `${root}/${size}-${sessions}`;
    rows.push(row(size, sessions, await measure(server, path, size, sessions, samples, Math.ceil(warmup / 10))));
  }
  const header = ['candidates', 'sessions', 'ours p50', 'p99', 'floor p50', 'p99', 'ratio p50', 'p99'];
  return `Hand-over, ms, ${samples} samples each\n${table(header, rows)}`;
}

/** Every size on own sessions, the largest on one session as well. */
function lines(sizes: readonly number[]): [number, Sessions][] {
  return [...sizes.map((size): [number, Sessions] => [size, 'own']), [Math.max(...sizes), 'one']];
}

async function measure(
  server: string,
  path: string,
  size: number,
  sessions: Sessions,
  samples: number,
  warmup: number,
): Promise<Measured> {
  await using ours = await Population.join(server, `${path}-ours`, size, sessions);
  await using floor = await Floor.join(server, `${path}-floor`, size, sessions);
  await times(warmup, floor);
  await times(warmup, ours);
  const measured = { ours: [] as number[], floor: [] as number[] };
  while (measured.ours.length < samples) {
    const turn = Math.min(TURN, samples - measured.ours.length);
    measured.floor.push(...(await times(turn, floor)));
    measured.ours.push(...(await times(turn, ours)));
  }
  return measured;
}

async function times(count: number, line: Line): Promise<number[]> {
  const took: number[] = [];
  while (took.length < count) took.push(await line.handOver());
  return took;
}

function row(size: number, sessions: Sessions, { ours, floor }: Measured): string[] {
  const [ours50, ours99] = [percentile(ours, 0.5), percentile(ours, 0.99)];
  const [floor50, floor99] = [percentile(floor, 0.5), percentile(floor, 0.99)];
  const ratios = [ours50 / floor50, ours99 / floor99];
  return [`${size}`, sessions, ...[ours50, ours99, floor50, floor99, ...ratios].map(ms)];
}
