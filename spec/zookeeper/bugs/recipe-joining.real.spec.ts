import { afterAll, beforeAll, expect, it } from 'vitest';
import { DataTooLargeError, InvalidOptionError } from '../../../lib/errors.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { seen, until } from '../../support/until.js';
import { inSequence, type StandOptions, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

it.each([
  ['curator', /^_c_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-latch-\d{10}$/, /"id":"us"/],
  ['kazoo', /^[0-9a-f]{32}__lock__\d{10}$/, /^us$/],
  ['go', /^_c_[0-9a-f]{32}-lock-\d{10}$/, /^us$/],
] as const)(
  'writes the names and the data of %s, and stands in one line with the others',
  async (naming, shape, data) => {
    await using world = new World(server);
    const us = world.stand('us', { naming });
    await us.leads();
    const [name] = await world.children();
    expect(name).toMatch(shape);
    const { body } = await world.operator((client) => client.getData(`${world.path}/${name}`));
    expect(body.toString('utf8', 4, 4 + body.readInt32BE(0))).toMatch(data);
    await world.stand('next').follows(1);
  },
);

it('refuses data that the chosen naming has no place for', async () => {
  await using world = new World(server);
  expect(() => world.stand('us', { naming: 'go', data: { weight: 1 } })).toThrow(InvalidOptionError);
});

it('stands in one line with candidates of other libraries, and ignores every other child', async () => {
  await using world = new World(server);
  await world.create();
  const others = [
    '_c_ffffffff-ffff-4fff-bfff-ffffffffffff-latch-',
    'ffffffffffff4fffbfffffffffffffff__lock__',
    'stray-',
  ];
  await world.operator(async (client) => {
    for (const name of others) await client.create(`${world.path}/${name}`, name, 2);
    await client.create(`${world.path}/config`, '');
  });
  const a = world.stand('a');
  await a.follows(2);
  for (const name of inSequence((await world.children()).filter((name) => /latch|lock/.test(name))).slice(0, 2))
    await world.remove(name);
  await a.leads();
  expect(await world.children()).toHaveLength(3);
});

it('publishes data up to what fits into a request, with room for being asked to step down, and refuses more', async () => {
  await using world = new World(server);
  const fits = largestData(world);
  const a = world.stand('a', { data: 'x'.repeat(fits) });
  using connection = seen(a.backend.connection$);
  await a.leads();
  const b = world.stand('b');
  await b.follows(1);
  using line = seen(b.election.participants$);
  const [first] = await line.next((all) => all.length === 2);
  expect(String(first?.data).length).toBe(fits);
  expect(await a.election.stepDown({ reason: 'r'.repeat(500) })).toMatchObject({ after: { id: 'b' } });
  expect(connection.values).not.toContain('suspended');
  expect(() => world.stand('c', { data: 'x'.repeat(fits + 1) })).toThrow(DataTooLargeError);
});

/** How long a string may be, from what the error tells of one that is too long. */
function largestData(world: World): number {
  const length = 2_000_000;
  try {
    world.stand('a', { data: 'x'.repeat(length) });
  } catch (error) {
    const { bytes, limit } = error as DataTooLargeError;
    return length - (bytes - limit);
  }
  throw new Error('2 MB were taken');
}

it('stands again on an ensemble that was rebuilt empty, and is seen there', async () => {
  await using own = await startZooKeeper();
  await using world = new World(own);
  const short: StandOptions = { sessionTimeoutMs: 1_000 };
  const [a, b] = await world.line(['a', 'b'], short);
  using leader = seen(world.backend(short).election(world.name).leader$);
  await leader.next((one) => one?.id === 'a');
  await own.stop();
  await own.wipe();
  await own.start();
  await Promise.all([a.waits('expired'), b.waits('expired')]);
  await until(() => a.candidacy.isLeader() || b.candidacy.isLeader(), { within: 15_000 });
  await until(() => [a, b].some(({ candidacy }) => candidacy.leadership.role === 'follower'));
  await until(() => leader.values.length > 1 && leader.last !== undefined);
  expect(await world.children()).toHaveLength(2);
});

it('keeps elections of one session apart', async () => {
  await using world = new World(server);
  const [a] = await world.line(['a']);
  const other = world.stand('a', { with: a, name: `${world.name}-other` });
  await other.leads();
  await a.candidacy.resign();
  expect(other.candidacy.isLeader()).toBe(true);
  await other.candidacy.resign();
});
