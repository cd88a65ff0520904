import { setTimeout as pause } from 'node:timers/promises';
import { filter, firstValueFrom, type Observable, timeout } from 'rxjs';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { BareClient } from '../support/bare-client.js';
import type { Ensemble } from '../support/ensemble.js';
import type { ZooKeeperServer } from '../support/zookeeper.js';
import { eachOf, PATIENCE_MS } from './population.js';
import { median, type Report, type Row, spread } from './report.js';

export interface Failing {
  readonly path: string;
  readonly times: number;
  readonly sessionTimeoutMs: number;
}

interface Failure {
  /** What the killed server was in its ensemble. */
  readonly mode: string;
  /** From the kill until our backend is connected again, in ms. */
  readonly ours: number;
  /** From the kill until a bare socket has a session on another server, in ms: the floor. */
  readonly floor: number;
  /** Whether the leader led without a pause, under one token. */
  readonly kept: boolean;
}

/** The server that a leader is connected to is killed: how long it has no connection, and whether it keeps its term. */
export async function servers(ensemble: Ensemble, { path, times, sessionTimeoutMs }: Failing): Promise<Report> {
  const failures: Failure[] = [];
  await eachOf(times, 1, async (i) => void failures.push(await fail(ensemble, `${path}-${i}`, sessionTimeoutMs)));
  const modes = [...new Set(failures.map(({ mode }) => mode))].sort();
  const rows = modes.map((mode) =>
    row(
      mode,
      failures.filter((one) => one.mode === mode),
    ),
  );
  return { title: `The server of a leader killed, one of three, ms; session timeout ${sessionTimeoutMs}`, rows };
}

const row = (mode: string, failures: readonly Failure[]): Row => {
  const [ours, floor] = [failures.map((one) => one.ours), failures.map((one) => one.floor)];
  return {
    "the server's role": mode,
    times: failures.length,
    'terms kept': failures.filter(({ kept }) => kept).length,
    ...spread('connected again', ours),
    ...spread('sockets', floor),
    'ours/sockets': median(ours) / median(floor),
  };
};

async function fail(ensemble: Ensemble, path: string, sessionTimeoutMs: number): Promise<Failure> {
  await using backend = zookeeper({ servers: ensemble.connect, sessionTimeoutMs });
  const { leadership$ } = backend.election(path).campaign({ id: 'leader' });
  await first(leadership$, ({ role }) => role === 'leader');
  const server = await serverOf(ensemble, backend, path);
  const mode = (await server.mode()) ?? 'unknown';
  const others = ensemble.servers.filter((one) => one !== server);
  const changes: unknown[] = [];
  const watching = leadership$.subscribe((value) => changes.push(value));
  await pause((Math.random() * sessionTimeoutMs) / 3);
  const from = performance.now();
  const suspended = first(backend.connection$, (state) => state === 'suspended');
  await server.kill();
  const [ours, floor] = await Promise.all([again(backend, suspended), session(others)]);
  await pause(sessionTimeoutMs / 3);
  watching.unsubscribe();
  await server.start();
  await ensemble.settled();
  return { mode, ours: ours - from, floor: floor - from, kept: changes.length === 1 };
}

async function again(backend: ZooKeeperBackend, suspended: Promise<unknown>): Promise<number> {
  await suspended;
  await first(backend.connection$, (state) => state === 'connected');
  return performance.now();
}

/** When the first of these servers has given a new session to a bare socket. */
async function session(servers: readonly ZooKeeperServer[]): Promise<number> {
  const until = performance.now() + PATIENCE_MS;
  for (let i = 0; performance.now() < until; i++) {
    const client = await BareClient.connect(servers[i % servers.length]!.connect).catch(() => undefined);
    const at = performance.now();
    if (!client) await pause(5);
    else return client.close().then(() => at);
  }
  throw new Error('no server gave a session');
}

/** The one that the leader's session is on. */
async function serverOf(ensemble: Ensemble, backend: ZooKeeperBackend, path: string): Promise<ZooKeeperServer> {
  const [leader] = await first(backend.election(path).participants$, ({ length }) => length > 0);
  const id = `0x${leader!.session!.toString(16)}`;
  for (const server of ensemble.servers) if ((await server.sessions()).includes(id)) return server;
  throw new Error(`no server has session ${id}`);
}

const first = <T>(values$: Observable<T>, wanted: (value: T) => boolean): Promise<T> =>
  firstValueFrom(values$.pipe(filter(wanted), timeout(PATIENCE_MS)));
