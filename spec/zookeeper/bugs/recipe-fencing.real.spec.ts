import { afterAll, beforeAll, expect, it } from 'vitest';
import { FencedError, StoreError } from '../../../lib/errors.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { until } from '../../support/until.js';
import { inSequence, type Leading, type StandOptions, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

const slow = { sessionTimeoutMs: 60_000, leaseMs: 40_000 };

/** A znode that leaders write to. */
async function withResource(world: World): Promise<string> {
  await world.create();
  const path = `${world.path}/resource`;
  await world.operator((client) => client.create(path, 'new'));
  return path;
}

const textOf = (world: World, path: string): Promise<string> =>
  world.operator(async (client) => {
    const { body } = await client.getData(path);
    return body.toString('utf8', 4, 4 + body.readInt32BE(0));
  });

const leading = async (world: World, options: StandOptions): Promise<Leading> => world.stand('a', options).leads();

it('a leader writes through its term: all operations or none, the failed one named', async () => {
  await using world = new World(server);
  const path = await withResource(world);
  const { transaction } = await leading(world, {});
  const results = await transaction().set(path, 'mine').create(`${path}/child`, 'x').commit();
  expect(results).toEqual([{ mzxid: expect.any(BigInt), version: 1 }, { path: `${path}/child` }]);
  const failing = transaction().remove(`${path}/child`).check(path, 0).commit();
  await expect(failing).rejects.toBeInstanceOf(StoreError);
  await expect(failing).rejects.toMatchObject({ storeCode: 'BAD_VERSION', index: 1 });
  expect(await world.children(path)).toEqual(['child']);
});

it.each([
  ['and nobody has claimed since', false],
  ['and whose successor waits for its lease', true],
])('a write of a leader that was evicted and does not know it yet, %s, is refused', async (_, succeeded) => {
  await using world = new World(server);
  const path = await withResource(world);
  const via = await world.proxy();
  // No notification reaches it: its own isValid() is wrong, and nothing but the fence is left.
  via.onReply(({ xid }, pass) => xid !== -1 && pass());
  const a = world.stand('a', { ...slow, via });
  const { isValid, transaction, token } = await a.leads();
  const b = succeeded ? world.stand('b') : undefined;
  await b?.follows(1);
  const [own] = inSequence((await world.children()).filter((name) => name !== 'resource'));
  await world.remove(own!);
  await b?.waits('electing');
  const late = transaction().set(path, 'late').commit();
  await expect(late).rejects.toBeInstanceOf(FencedError);
  await expect(late).rejects.toMatchObject({ token });
  expect([isValid(), await textOf(world, path)]).toEqual([true, 'new']);
});

it('a write of a leadership that was claimed anew from the same place is refused, the new one writes', async () => {
  await using world = new World(server);
  const path = await withResource(world);
  const via = await world.proxy();
  const a = world.stand('a', { ...slow, via, onSuspend: 'stop' });
  const first = await a.leads();
  via.refuse();
  await a.waits('suspended');
  via.forward();
  const second = await a.leads();
  await expect(first.transaction().set(path, 'old').commit()).rejects.toBeInstanceOf(FencedError);
  await second.transaction().set(path, 'new leadership').commit();
  expect(await textOf(world, path)).toBe('new leadership');
});

it('a write of a leader that resigned is refused, and the token of the successor is larger', async () => {
  await using world = new World(server);
  const path = await withResource(world);
  const a = world.stand('a');
  const first = await a.leads();
  const b = world.stand('b');
  await b.follows(1);
  await a.candidacy.resign();
  const second = await b.leads();
  await expect(first.transaction().set(path, 'late').commit()).rejects.toBeInstanceOf(FencedError);
  await second.transaction().set(path, 'b').commit();
  expect([await textOf(world, path), second.token > first.token]).toEqual(['b', true]);
});

it('a write of a leader whose session ended is not sent', async () => {
  await using world = new World(server);
  const path = await withResource(world);
  const via = await world.proxy();
  const a = world.stand('a', { via });
  const { transaction } = await a.leads();
  via.refuse();
  await until(async () => (await world.children()).length === 1);
  via.forward();
  await a.waits('expired');
  await expect(transaction().set(path, 'late').commit()).rejects.toThrow(/is over|was lost/);
  expect(await textOf(world, path)).toBe('new');
});
