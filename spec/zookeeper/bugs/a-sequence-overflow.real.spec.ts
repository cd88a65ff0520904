import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { EmbeddedServer } from '../../support/embedded.js';
import { classPath } from '../../support/java.js';
import { until } from '../../support/until.js';
import { type Standee, sequenceOf, World } from './support.js';

let server: ZooKeeperServer;
let crowd: World;
let returning: World;
beforeAll(async () => {
  server = await startZooKeeper();
  [crowd, returning] = [new World(server), new World(server)];
  await crowd.create();
  await returning.create();
  await presetSequences(server, [crowd.path, 2 ** 31 - 3], [returning.path, 2 ** 31 - 1]);
});
afterAll(() => server[Symbol.asyncDispose]());

/** Makes the server give these numbers to the next sequential children of these paths. A real one needs a JDK for it. */
async function presetSequences(server: ZooKeeperServer, ...numbers: [path: string, next: number][]): Promise<void> {
  if (server instanceof EmbeddedServer) return server.presetSequences(numbers);
  await server.stop();
  const program = new URL('./PresetSequence.java', import.meta.url).pathname;
  await promisify(execFile)('java', ['-cp', classPath, program, server.dataDir, ...numbers.flat().map(String)]);
  await server.start();
}

const ids = ['a', 'b', 'c', 'd', 'e'] as const;

it('A9: numbers that stick at 2^31 - 1 and turn negative change neither the order nor the number of leaders', async () => {
  await using world = crowd;
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

it('A9: one that is evicted and comes back under its old name, since the number sticks, stands at the back', async () => {
  await using world = returning;
  const [a, x, b] = await world.line(['a', 'x', 'b']);
  await b.election.evict('a');
  await x.leads();
  await a.follows();
  await x.candidacy.resign();
  await b.leads();
  await until(async () => (await world.children()).length === 2);

  const record = await world.claims();
  expect(await a.candidacy.resign()).toBe('released');
  expect([await world.claims(), b.candidacy.isLeader()]).toEqual([record, true]);
});
