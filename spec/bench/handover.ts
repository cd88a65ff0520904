import { ClientFloor } from './client-floor.js';
import { Floor } from './floor.js';
import type { BenchOptions } from './options.js';
import { type Line, Population, type Sessions } from './population.js';
import { ms, percentile, table } from './report.js';

/** Ours and the floor take turns of this many hand-overs, so that both meet the same machine. */
const TURN = 25;

interface Measured {
  readonly ours: readonly number[];
  /** The client library alone, by hand. */
  readonly client: readonly number[];
  /** Bare sockets. */
  readonly floor: readonly number[];
}

/** Graceful hand-overs: from the call of `resign()` to the successor's leader value, beside bare sockets and the bare client. */
export async function handover(server: string, options: BenchOptions): Promise<string> {
  const { sizes, samples, warmup, root } = options;
  if (warmup > 0) await measure(server, `${root}/warmup`, 3, 'own', warmup, 0);
  const rows: string[][] = [];
  for (const [size, sessions] of lines(sizes)) {
    const path = `${root}/${size}-${sessions}`;
    rows.push(row(size, sessions, await measure(server, path, size, sessions, samples, Math.ceil(warmup / 10))));
  }
  const header = [
    'candidates',
    'sessions',
    'ours p50',
    'p99',
    'client p50',
    'p99',
    'sockets p50',
    'p99',
    'ours/client',
    'ours/sockets',
  ];
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
  await using client = await ClientFloor.join(server, `${path}-client`, size, sessions);
  await using floor = await Floor.join(server, `${path}-floor`, size, sessions);
  await times(warmup, floor);
  await times(warmup, client);
  await times(warmup, ours);
  const measured = { ours: [] as number[], client: [] as number[], floor: [] as number[] };
  while (measured.ours.length < samples) {
    const turn = Math.min(TURN, samples - measured.ours.length);
    measured.floor.push(...(await times(turn, floor)));
    measured.client.push(...(await times(turn, client)));
    measured.ours.push(...(await times(turn, ours)));
  }
  return measured;
}

async function times(count: number, line: Line): Promise<number[]> {
  const took: number[] = [];
  while (took.length < count) took.push(await line.handOver());
  return took;
}

function row(size: number, sessions: Sessions, { ours, client, floor }: Measured): string[] {
  const both = [ours, client, floor].map((took) => [percentile(took, 0.5), percentile(took, 0.99)] as const);
  const [[ours50], [client50], [floor50]] = both as [(typeof both)[0], (typeof both)[0], (typeof both)[0]];
  return [`${size}`, sessions, ...[...both.flat(), ours50 / client50, ours50 / floor50].map(ms)];
}
