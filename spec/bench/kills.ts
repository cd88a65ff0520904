import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clearFrom } from '../../lib/election/lease.js';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { BareClient } from '../support/bare-client.js';
import { childrenOf } from './children.js';
import { removal } from './floor.js';
import { leading, PATIENCE_MS, stand, verdict } from './population.js';
import { median, percentile, type Report, type Row } from './report.js';

const candidate = fileURLToPath(new URL('./candidate.js', import.meta.url));

/** Leaders in one process, so that one kill gives as many samples. */
const AT_ONCE = 8;
const CLOCK_DRIFT = 0.01;
/** What we allow beyond a tick, for whatever has to run. */
const MARGIN_MS = 20;

export interface Killing {
  readonly path: string;
  readonly times: number;
  readonly sessionTimeoutMs: number;
  readonly tickMs: number;
}

/** From the kill, in ms. */
interface Fallen {
  /** Until a bare socket was told that the servers had removed the leader's znode: the floor. */
  readonly gone: number;
  /** Until the next one's leader value. */
  readonly leads: number;
}

/** A process with leaders is killed; how long until the next in line leads. */
export async function kills(server: string, killing: Killing): Promise<Report> {
  const { path, times, sessionTimeoutMs, tickMs } = killing;
  const fallen: Fallen[] = [];
  while (fallen.length < times) {
    const count = Math.min(AT_ONCE, times - fallen.length);
    fallen.push(...(await kill(server, `${path}-${fallen.length}`, count, sessionTimeoutMs)));
  }
  const lease = clearFrom(0, { leaseMs: sessionTimeoutMs / 3, released: false }, CLOCK_DRIFT);
  const gone = fallen.map((one) => one.gone);
  const [least, most] = [(sessionTimeoutMs * 2) / 3, sessionTimeoutMs + tickMs + MARGIN_MS];
  return {
    title: `A leader's process killed (SIGKILL), ms; session timeout ${sessionTimeoutMs}, server's tick ${tickMs}`,
    rows: [
      row('its znode is removed', gone, gone, least, most),
      row(
        'the next one leads',
        fallen.map(({ leads }) => leads),
        gone,
        least + lease,
        most + lease,
      ),
    ],
  };
}

const row = (until: string, took: readonly number[], floor: readonly number[], least: number, most: number): Row => ({
  until,
  times: took.length,
  min: Math.min(...took),
  p50: median(took),
  p99: percentile(took, 0.99),
  '/removed': median(took) / median(floor),
  'expected from': Math.round(least),
  to: Math.round(most),
  within: took.filter((ms) => ms >= least && ms <= most).length,
});

async function kill(server: string, path: string, count: number, sessionTimeoutMs: number): Promise<Fallen[]> {
  const victim = fork(candidate, [server, path, `${count}`, `${sessionTimeoutMs}`]);
  await using successors = zookeeper({ servers: server, sessionTimeoutMs });
  try {
    await once(victim, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    const all = Array.from({ length: count }, (_, i) => fall(server, `${path}-${i}`, successors));
    await Promise.all(all.map(async (one) => (await one).ready));
    await pause((Math.random() * sessionTimeoutMs) / 3);
    const from = performance.now();
    victim.kill('SIGKILL');
    return await Promise.all(all.map(async (one) => (await one).since(from)));
  } finally {
    await ended(victim);
  }
}

/** A successor and a bare witness behind a leader of the other process. */
async function fall(server: string, path: string, backend: ZooKeeperBackend) {
  const witness = await BareClient.connect(server, 600_000);
  const [leader] = await childrenOf(witness, path);
  const next = stand(backend.election(path), 'next');
  await verdict(next);
  const leads = leading(next.candidacy);
  const removed = removal(witness, `${path}/${leader}`).then(() => performance.now());
  const ready = witness.getData(`${path}/${leader}`, true);
  const since = async (from: number): Promise<Fallen> => {
    const fallen = { gone: (await removed) - from, leads: (await leads) - from };
    await witness.close();
    return fallen;
  };
  return { ready, since };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill('SIGKILL');
  await closed;
}
