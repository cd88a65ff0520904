/** What every example does the same way: open ZooKeeper, tell what happens as JSON lines, leave in order. */
import { type ZooKeeperBackend, zookeeper } from 'succession/zookeeper';

/**
 * From ZOOKEEPER (default localhost:2181) and SESSION_TIMEOUT_MS (default 6000). SIGTERM and SIGINT leave in order, and
 * before they do so wait for `first`.
 */
export function openZooKeeper(first: () => unknown = () => undefined): ZooKeeperBackend {
  const servers = process.env.ZOOKEEPER ?? 'localhost:2181';
  const backend = zookeeper({ servers, sessionTimeoutMs: Number(process.env.SESSION_TIMEOUT_MS ?? 6_000) });
  const leave = async () => {
    await first();
    await backend.close();
    process.exit();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void leave());
  return backend;
}

/** In ms, of the one monotonic clock that all processes of a machine share. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** One line on stdout, stamped unless it says itself when it was. */
export function say(event: string, facts: object = {}): void {
  process.stdout.write(
    `${JSON.stringify({ event, at: now(), ...facts }, (_, v) => (typeof v === 'bigint' ? `${v}` : v))}\n`,
  );
}
