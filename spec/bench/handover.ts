import { ClientFloor } from './client-floor.js';
import { Floor } from './floor.js';
import type { BenchOptions } from './options.js';
import { Others, times } from './others.js';
import { Population } from './population.js';
import { median, type Report, type Row, spread } from './report.js';

/** In ms. `ours`: the next in line knows that only the leader is ahead. `quick`: nobody was given the time to learn that. */
type Measured = Record<'ours' | 'quick' | 'client' | 'floor', number[]>;

/**
 * Graceful hand-overs: from the call of `resign()` to the successor's leader value, beside the same by hand with the
 * bare client and on bare sockets. Before each measured one we wait until the successor says `ahead: 1`, as it does one
 * heartbeat after a hand-over; meanwhile other elections of all three kinds hand over, so that each finds a processor
 * that is awake and code that is warm. The last two columns are hand-overs one after another without that wait: their
 * successors must read the record first.
 */
export async function handover(server: string, options: BenchOptions): Promise<Report> {
  const { sizes, samples, warmup, root } = options;
  if (warmup > 0) await measure(server, `${root}/warmup`, 3, 3, 0, warmup);
  const rows: Row[] = [];
  for (const [size, sessions] of lines(options)) {
    const path = `${root}/${size}-${sessions}`;
    rows.push(row(size, sessions, await measure(server, path, size, sessions, samples, Math.ceil(warmup / 20))));
  }
  const y = ['ours p50', 'ours p99', 'client p50', 'sockets p50', 'sockets p99', 'no pause p50'];
  // The largest on one session is a point beside the curve.
  const curve = { title: 'Hand-over, ms', rows: rows.slice(0, sizes.length), x: 'candidates', y };
  return { title: `Hand-over, ms, ${samples} samples each`, rows, curve };
}

/** Every size on own sessions, as far as they go; the largest on one session as well. */
function lines({ sizes, sessions }: BenchOptions): [size: number, sessions: number][] {
  return [...sizes.map((size): [number, number] => [size, Math.min(size, sessions)]), [Math.max(...sizes), 1]];
}
async function measure(
  server: string,
  path: string,
  size: number,
  sessions: number,
  samples: number,
  warmup: number,
): Promise<Measured> {
  const eager = Math.min(size, samples + warmup + 1);
  await using ours = await Population.join(server, `${path}-ours`, size, sessions, eager);
  await using client = await ClientFloor.join(server, `${path}-client`, size, sessions);
  await using floor = await Floor.join(server, `${path}-floor`, size, sessions);
  await using others = await Others.of(server, `${path}-others`);
  for (const line of [floor, client, ours]) await times(warmup, line);
  const measured: Measured = { ours: [], quick: [], client: [], floor: [] };
  const round = [
    async () => void measured.floor.push(await floor.handOver()),
    async () => void measured.client.push(await client.handOver()),
    async () => void measured.ours.push(await ours.handOver()),
  ];
  for (let i = 0; i < samples; i++) {
    await others.until(ours.settled());
    for (let k = 0; k < round.length; k++) await round[(i + k) % round.length]!(); // Everybody comes first in turn.
  }
  return { ...measured, quick: await times(samples, ours) };
}

function row(size: number, sessions: number, { ours, quick, client, floor }: Measured): Row {
  return {
    candidates: size,
    sessions,
    ...spread('ours', ours),
    ...spread('client', client),
    ...spread('sockets', floor),
    'ours/client': median(ours) / median(client),
    'ours/sockets': median(ours) / median(floor),
    ...spread('no pause', quick),
  };
}
