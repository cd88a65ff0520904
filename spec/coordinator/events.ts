/** Everything that happens to a group in production, once, and what each costs. */
import type { GroupAdmin } from '../../lib/coordinator/index.js';
import type { Crew } from './crew.js';

/** `killedAt`: the last zxid that was seen when one had been killed. `roles` is a multiple of twenty. */
export async function goThrough(crew: Crew, admin: GroupAdmin, roles: number): Promise<{ readonly killedAt: bigint }> {
  const { workers, history } = crew;
  const [fifth, quarter] = [roles / 5, roles / 4];
  const even = workers.map(() => fifth);
  const without = (id: string) => workers.map((worker) => (worker.id === id ? 0 : quarter));
  const c = workers[2]!;
  let killedAt = 0n;

  await Promise.all(workers.map((worker) => worker.start()));
  const settle = async () => {
    for (const worker of workers) worker.join();
  };
  await crew.measure('settle', roles, settle, even);
  const kill = async () => {
    await c.kill();
    killedAt = history.written.reduce((last, { zxid }) => (zxid > last ? zxid : last), 0n);
  };
  await crew.measure('kill -9 of one', fifth, kill, without('c'));
  await c.start();
  await crew.measure('a newcomer', fifth, async () => c.join(), even);
  await crew.measure('drain of one', fifth, () => admin.drain('b'), without('b'));
  await crew.measure('undrain', fifth, () => admin.undrain('b'), even);
  const restart = async () => {
    for (const worker of workers) {
      await worker.leave();
      await worker.start();
      worker.join();
      await crew.settled(even);
    }
  };
  // Each leaves, and comes back: its share moves twice.
  await crew.measure('rolling restart', 5 * 2 * fifth, restart, even);
  return { killedAt };
}
