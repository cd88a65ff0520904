import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { classPath } from '../../support/java.js';
import { until } from '../../support/until.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/zookeeper.js';
import { type Standee, sequenceOf, World } from './support.js';

/** Makes the server give this number to the next sequential child of the path. Needs a JDK, not just a JRE. */
async function presetSequence(server: ZooKeeperServer, path: string, next: number): Promise<void> {
  await server.stop();
  const program = new URL('./PresetSequence.java', import.meta.url).pathname;
  await promisify(execFile)('java', ['-cp', classPath, program, server.dataDir, path, String(next)]);
  await server.start();
}

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;

it('A9: numbers that stick at 2^31 - 1 and turn negative change neither the order nor the number of leaders', async () => {
  await using server = await startZooKeeper();
  await using world = new World(server);
  await world.create();
  await presetSequence(server, world.path, 2 ** 31 - 4);
  const early = await world.line(ids);
  const late = ['x', 'y', 'z'].map((id) => world.stand(id));
  await Promise.all(late.map((one) => one.follows()));

  const numbers = (await world.children()).map(sequenceOf);
  expect(new Set(numbers).size, 'numbers that repeat').toBeLessThan(numbers.length);
  for (const one of early) {
    await until(() => one.candidacy.isLeader());
    expect(await one.candidacy.resign()).toBe('released');
  }
  const left = [...late];
  while (left.length > 0) {
    const leader = await until<Standee | undefined>(() => left.find((one) => one.candidacy.isLeader()));
    left.splice(left.indexOf(leader), 1);
    await leader.candidacy.resign();
  }
});
