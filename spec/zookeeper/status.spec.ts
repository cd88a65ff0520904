import { expect, it } from 'vitest';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { until } from '../support/until.js';

it('counts in the status the signs of life that a backend gave and got, and tells when the last one was', async () => {
  await using zk = await EmbeddedZooKeeper.start({ tickMs: 50 });
  await using backend = zookeeper({ servers: zk.connectString, sessionTimeoutMs: 1_000 });
  const election = backend.election('jobs');
  const me = election.campaign({ id: 'a' });
  await until(() => me.isLeader());
  const { statistics: first } = await election.status();
  const later = await until(async () => {
    const { statistics } = await election.status();
    return (statistics.heartbeatsReceived ?? 0) > (first.heartbeatsReceived ?? 0) + 2 ? statistics : undefined;
  });
  expect(later.heartbeatsSent).toBeGreaterThanOrEqual(later.heartbeatsReceived ?? Number.NaN);
  expect(later.lastHeardAt).toBeGreaterThan(first.lastHeardAt ?? 0);
  expect(later.lastHeardAt).toBeLessThanOrEqual(Date.now());
});
