import { filter, firstValueFrom } from 'rxjs';
import { it, vi } from 'vitest';
import { connect } from '../../lib/connect.js';
import { EmbeddedZooKeeper } from '../../lib/sim/index.js';

// The example of the README, word for word.
it('stands again after its session has expired', async () => {
  await using zk = await EmbeddedZooKeeper.start();
  await using backend = await connect(`zookeeper://${zk.connectString}?sessionTimeoutMs=1000`);
  const jobs = backend.election('jobs');
  const me = jobs.campaign({ id: 'me' });
  await vi.waitUntil(() => me.isLeader());
  const [first] = await firstValueFrom(jobs.participants$.pipe(filter((line) => line.length > 0)));
  const lost = firstValueFrom(me.leadership$.pipe(filter(({ role }) => role !== 'leader')));
  zk.faults.expire(first!.session!);
  await lost;
  await vi.waitUntil(() => me.isLeader(), 5_000);
});
