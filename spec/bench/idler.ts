/**
 * A process with nothing to do. Its one argument is its setup as JSON. It says so when each of its candidates has a verdict, and
 * then answers every message with what it has used of the processor, in µs.
 */
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { connected } from './library.js';
import { eachOf, JOINING_AT_ONCE, stand, verdict } from './population.js';

export interface Idling {
  readonly server: string;
  readonly path: string;
  readonly count: number;
  readonly sessions: number;
  /** Whether each stands in an election of its own. */
  readonly apart: boolean;
  /** Whether these are sessions of the bare client, which stand in nothing. */
  readonly bare: boolean;
  readonly sessionTimeoutMs: number;
}

const { server, path, count, sessions, apart, bare, sessionTimeoutMs }: Idling = JSON.parse(process.argv[2] ?? '');
const backends: ZooKeeperBackend[] = [];

/** Before it waits for anything: it must not outlive a bench that was stopped. */
process.once('disconnect', () => process.exit());

await eachOf(count, JOINING_AT_ONCE, async (i) => {
  if (bare) return connected(server, sessionTimeoutMs);
  backends[i % sessions] ??= zookeeper({ servers: server, sessionTimeoutMs });
  return verdict(stand(backends[i % sessions]!.election(apart ? `${path}-${i}` : path), `c-${i}`));
});

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.send?.('idle');
