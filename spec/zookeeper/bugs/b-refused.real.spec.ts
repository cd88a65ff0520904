import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccessDeniedError } from '../../../lib/errors.js';
import { zookeeper } from '../../../lib/zookeeper/index.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { int, text } from '../../support/bare-client.js';
import { opcode } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { inSequence, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

const auth = { scheme: 'digest', credentials: 'owner:secret' };
const ownersOnly = [{ perms: 31, scheme: 'auth', id: '' }];

/** Changes what anybody may do with a znode; `perms` as in an ACL. */
async function allow(world: World, path: string, perms: number): Promise<void> {
  await world.operator(async (client) => {
    const anybody = Buffer.concat([int(1), int(perms), text('world'), text('anyone')]);
    expect(await client.request(opcode.setAcl, text(path), anybody, int(-1))).toMatchObject({ error: 0 });
  });
}

it('B23: a candidate that may not stand fails at once, with a typed error, and says so once', async () => {
  await using world = new World(server);
  await world.operator((client) => client.create('/bugs', ''));
  const [owner] = await world.line(['owner'], { auth, acl: ownersOnly });
  const stranger = world.stand('stranger');
  await until(() => stranger.heard.completed);
  expect(stranger.heard.error).toBeInstanceOf(AccessDeniedError);
  expect(stranger.heard.error).toMatchObject({ code: 'ACCESS_DENIED', retriable: false });
  expect(stranger.candidacy.leadership).toEqual({ role: 'resigned', outcome: 'unknown' });
  expect(await stranger.candidacy.resign()).toBe('unknown');
  expect(owner.candidacy.isLeader()).toBe(true);
});

it('B23: a parent that is read-only for us is an error that names the path', async () => {
  await using world = new World(server);
  await world.create();
  await allow(world, world.path, 1);
  const a = world.stand('a');
  await until(() => a.heard.completed);
  expect(a.heard.error).toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining(world.path) });
});

it('B23: one who may stand but not write the record fails when its turn comes, and leaves no znode behind', async () => {
  await using world = new World(server);
  await world.create();
  await allow(world, world.path, 1 + 4 + 8);
  const a = world.stand('a');
  await until(() => a.heard.completed);
  expect(a.heard.error).toMatchObject({ code: 'ACCESS_DENIED' });
  await until(async () => (await world.children()).length === 0);
});

it('lists the elections that we may read, and passes over the others', async () => {
  await using world = new World(server);
  const [owner] = await world.line(['owner']);
  const secret = `/${world.name}-secret`;
  await world.operator((client) => client.create(secret, ''));
  await allow(world, secret, 16);
  await using visitor = zookeeper({ servers: server.connect });
  const found = await firstValueFrom(visitor.elections());
  expect(found.map(({ name }) => `/${name}`)).toContain(world.path);
  expect(owner.candidacy.isLeader()).toBe(true);
});

it('creates missing parents with the configured ACL, and asks nothing of those that exist', async () => {
  await using world = new World(server);
  const root = `/${world.name.replace('bugs/', 'closed-')}`;
  await world.operator(async (client) => {
    await client.create(root, '');
    await client.create(`${root}/team`, '');
  });
  await allow(world, root, 1);
  const a = world.stand('a', { name: `${root}/team/jobs/nightly`, auth, acl: ownersOnly });
  await a.leads();
  for (const path of [`${root}/team/jobs`, `${root}/team/jobs/nightly`]) {
    const { error } = await world.operator((client) => client.getData(path));
    expect(error, path).toBe(-102);
  }
  await a.candidacy.resign();
  expect(inSequence(await world.children(`${root}/team`))).toEqual(['jobs']);
});
