/** Parts that kill, on servers of their own. */
import { ensureServers } from '../support/install.js';
import { startEnsemble, startZooKeeper } from '../support/zookeeper.js';
import { jvm } from './jvm.js';
import { kills } from './kills.js';
import type { BenchOptions } from './options.js';
import type { Report } from './report.js';
import { servers } from './servers.js';

const tickMs = 200;

export async function killedLeaders(_server: string, { kills: times, root }: BenchOptions): Promise<Report> {
  ensureServers();
  await using server = await startZooKeeper({ tickMs, jvm });
  return await kills(server.connect, { path: root, times, sessionTimeoutMs: 3_000, tickMs });
}

export async function killedServers(_server: string, { kills, root }: BenchOptions): Promise<Report> {
  ensureServers();
  await using ensemble = await startEnsemble({ tickMs, jvm });
  return await servers(ensemble, { path: root, times: Math.ceil(kills / 4), sessionTimeoutMs: 6_000 });
}
