import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClosedError } from '../../../lib/errors.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { countRequests, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Path → how many sessions watch it. */
async function watched(world: World): Promise<Map<string, number>> {
  const watchers = [...(await server.watchers())].filter(([path]) => path.startsWith(world.path));
  return new Map(watchers.map(([path, sessions]) => [path, sessions.length]));
}

it('nobody is a value, also when the election does not exist; then each leader, and nobody again', async () => {
  await using world = new World(server);
  const observer = world.backend();
  using leader = seen(observer.election(world.name).leader$);
  expect(await leader.next()).toBeUndefined();
  const a = world.stand('a', { data: { zone: 'north' } });
  const { token } = await a.leads();
  const first = await leader.next();
  expect(first).toMatchObject({ id: 'a', token, data: { zone: 'north' }, foreign: false });
  expect(Math.abs(Date.now() - first!.since!)).toBeLessThan(60_000);
  await a.candidacy.resign();
  expect(await leader.next()).toBeUndefined();
  await world.stand('b').leads();
  expect(await leader.next()).toMatchObject({ id: 'b' });
});

it('sees nobody between an unclean loss and the next claim', async () => {
  await using world = new World(server);
  const via = await world.proxy();
  await world.stand('a', { via }).leads();
  const b = world.stand('b');
  await b.follows(1);
  using leader = seen(world.backend().election(world.name).leader$);
  await leader.next((one) => one?.id === 'a');
  via.hold();
  await b.leads();
  await leader.next((one) => one?.id === 'b');
  expect(leader.values.map((one) => one?.id)).toEqual(['a', undefined, 'b']);
});

it('survives reconnects and expired sessions without a word, and catches up with what it missed', async () => {
  await using world = new World(server);
  const [a, b] = await world.line(['a', 'b']);
  const via = await world.proxy();
  const observer = world.backend({ via, sessionTimeoutMs: 1_000 });
  using leader = seen(observer.election(world.name).leader$);
  using connection = seen(observer.connection$);
  await leader.next((one) => one?.id === 'a');
  via.cut();
  await connection.next((state) => state === 'suspended');
  await connection.next((state) => state === 'connected');
  expect(leader.values).toHaveLength(1);
  via.refuse();
  await connection.next((state) => state === 'suspended');
  await a.candidacy.resign();
  await b.leads();
  await connection.next((state) => state === 'connecting');
  via.forward();
  await leader.next((one) => one?.id === 'b');
  expect([leader.error, leader.completed]).toEqual([undefined, false]);
});

it('costs one watch on the record and one on the znode of the leader, none on the directory', async () => {
  await using world = new World(server);
  const [a, b] = await world.line(['a', 'b']);
  const before = await watched(world);
  const via = await world.proxy();
  const observer = world.backend({ via });
  const sent = countRequests(via);
  using leader = seen(observer.election(world.name).leader$);
  using twice = seen(observer.election(world.name).leader$);
  await Promise.all([leader.next(), twice.next()]);
  const after = await watched(world);
  const more = [...after].map(([path, count]) => [path, count - (before.get(path) ?? 0)] as const);
  const costs = more.filter(([, count]) => count > 0).sort();
  expect(costs).toEqual([
    [world.path, 1],
    [expect.stringContaining(`${world.path}/_c_`), 1],
  ]);
  expect([sent.get(opcode.getChildren2), sent.get(opcode.getChildren)]).toEqual([undefined, undefined]);
  await a.candidacy.resign();
  await b.leads();
  await leader.next((one) => one?.id === 'b');
});

it('sees leaders of other libraries, without a token', async () => {
  await using world = new World(server);
  await world.create();
  const children = ['_c_ffffffff-ffff-4fff-bfff-ffffffffffff-latch-', 'ffffffffffff4fffbfffffffffffffff__lock__'];
  const election = world.backend().election(world.name);
  using leader = seen(election.leader$);
  using line = seen(election.participants$);
  await world.operator(async (client) => {
    await client.create(`${world.path}/${children[0]}`, 'java-1', 3);
    await client.create(`${world.path}/${children[1]}`, 'python-1', 3);
    expect(await leader.next((one) => one?.id === 'java-1')).toMatchObject({ token: undefined, foreign: true });
    const both = await line.next((all) => all.length === 2);
    expect(both.map(({ id, role, foreign }) => [id, role, foreign])).toEqual([
      ['java-1', 'leader', true],
      ['python-1', 'follower', true],
    ]);
    await client.delete(`${world.path}/${both[0]?.name}`);
    expect(await leader.next((one) => one?.id === 'python-1')).toMatchObject({ foreign: true });
  });
  await leader.next((one) => one === undefined);
});

it('tells the participants in order of succession, at each change, and of a missing election that there are none', async () => {
  await using world = new World(server);
  const observer = world.backend();
  using line = seen(observer.election(world.name).participants$);
  expect(await line.next()).toEqual([]);
  const [a] = await world.line(['a', 'b']);
  const two = await line.next((all) => all.length === 2 && all[0]?.role === 'leader');
  expect(two).toMatchObject([
    { id: 'a', position: 1, role: 'leader', waitsFor: undefined, pid: process.pid, foreign: false },
    { id: 'b', position: 2, role: 'follower', waitsFor: two[0]!.name },
  ]);
  expect(two[0]!.session).not.toBe(two[1]!.session);
  await a.candidacy.resign();
  await line.next((all) => all.length === 1 && all[0]?.id === 'b' && all[0].role === 'leader');
});

it('ends when the backend is closed, and so do its watches', async () => {
  await using world = new World(server);
  await world.line(['a']);
  const before = await watched(world);
  const observer = world.backend();
  using leader = seen(observer.election(world.name).leader$);
  await leader.next();
  const waiting = expect(observer.election(world.name).stepDown({ to: 'a' })).rejects.toThrow(ClosedError);
  await observer.close();
  await waiting;
  await until(async () => JSON.stringify([...(await watched(world))]) === JSON.stringify([...before]));
  expect(leader.completed).toBe(true);
});
