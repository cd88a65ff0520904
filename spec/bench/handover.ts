import { Host, withHalf } from './host.js';
import type { BenchOptions } from './options.js';
import { Others, times } from './others.js';
import { type Pair, Relay } from './relay.js';
import { median, type Report, type Row, spread } from './report.js';

/** One heartbeat of those who will lead follows another by this much, so that all of them are no load. */
const HEARTBEAT_GAP_MS = 2.5;
const LEAST_HEARTBEAT_MS = 100;

const kinds = ['sockets', 'client', 'ours'] as const;

/** In ms. `quick`: ours, when nobody was given the time to learn who is ahead. */
type Measured = Record<(typeof kinds)[number] | 'quick', number[]>;

/**
 * Graceful hand-overs, from the call of `resign()` in one process to the leader value of the successor in another, beside the same
 * by hand with the bare client and on bare sockets. Each kind has two processes of its own, and a clock that they share.
 * Before each measured one we wait until the successor says `ahead: 1`, as it does one heartbeat after a hand-over; meanwhile
 * other elections hand over between the same processes, so that each finds a processor that is awake and code that is warm. The
 * last two columns are hand-overs one after another without that wait: their successors must read the record first.
 */
export async function handover(server: string, options: BenchOptions): Promise<Report> {
  const { sizes, samples, warmup, root } = options;
  await using hosts = await Hosts.start(server, options.inProcess);
  await using others = new Others();
  for (const kind of kinds) others.lines.push(await Relay.join(hosts.of(kind), `${root}/others-${kind}`, 3, 3));
  for (const line of others.lines) await times(warmup, line);
  const rows: Row[] = [];
  for (const [size, sessions] of lines(options)) {
    const path = `${root}/${size}-${sessions}`;
    rows.push(row(size, sessions, await measure(hosts, others, path, size, sessions, samples)));
  }
  const y = ['ours p50', 'ours p99', 'client p50', 'sockets p50', 'sockets p99', 'no pause p50'];
  // The largest on few sessions is a point beside the curve.
  const curve = { title: 'Hand-over, ms', rows: rows.slice(0, sizes.length), x: 'candidates', y };
  const where = options.inProcess ? 'within one process' : 'from one process to another';
  return { title: `Hand-over ${where}, ms, ${samples} samples each`, rows, curve };
}

/** Every size on own sessions, as far as they go; if they do, the largest on one session for each process as well. */
function lines({ sizes, sessions }: BenchOptions): [size: number, sessions: number][] {
  const own = sizes.map((size): [number, number] => [size, Math.min(size, sessions)]);
  const largest = Math.max(...sizes);
  return 2 < largest && largest <= sessions ? [...own, [largest, 2]] : own;
}

async function measure(
  hosts: Hosts,
  others: Others,
  path: string,
  size: number,
  sessions: number,
  samples: number,
): Promise<Measured> {
  const leaders = Math.min(size, 2 * samples + 1);
  const heartbeatMs = Math.max(LEAST_HEARTBEAT_MS, Math.min(leaders, sessions) * HEARTBEAT_GAP_MS);
  const join = (kind: (typeof kinds)[number]) =>
    Relay.join(hosts.of(kind), `${path}-${kind}`, size, sessions, leaders, heartbeatMs);
  await using sockets = await join('sockets');
  await using client = await join('client');
  await using ours = await join('ours');
  const measured: Measured = { ours: [], quick: [], client: [], sockets: [] };
  const round = [
    async () => void measured.sockets.push(await sockets.handOver()),
    async () => void measured.client.push(await client.handOver()),
    async () => void measured.ours.push(await ours.handOver()),
  ];
  for (let i = 0; i < samples; i++) {
    await others.until(ours.settled());
    for (let k = 0; k < round.length; k++) await round[(i + k) % round.length]!(); // Everybody comes first in turn.
  }
  return { ...measured, quick: await times(samples, ours) };
}

function row(size: number, sessions: number, { ours, quick, client, sockets }: Measured): Row {
  return {
    candidates: size,
    sessions,
    ...spread('ours', ours),
    ...spread('client', client),
    ...spread('sockets', sockets),
    'ours/client': median(ours) / median(client),
    'ours/sockets': median(ours) / median(sockets),
    ...spread('no pause', quick),
  };
}

/** Two processes for each kind, or one that is both. */
class Hosts implements AsyncDisposable {
  readonly #pairs = new Map<string, Pair>();

  static async start(server: string, inProcess: boolean): Promise<Hosts> {
    const hosts = new Hosts();
    for (const kind of kinds) {
      const one = await Host.start(withHalf(kind, server));
      hosts.#pairs.set(kind, [one, inProcess ? one : await Host.start(withHalf(kind, server))]);
    }
    return hosts;
  }

  of(kind: (typeof kinds)[number]): Pair {
    return this.#pairs.get(kind)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of [...this.#pairs.values()].flat()) await host[Symbol.asyncDispose]();
  }
}
