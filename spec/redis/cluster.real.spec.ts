import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RedisClient } from '../../lib/redis/index.js';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js';
import { until } from '../support/until.js';
import { closeAll, first, follows, known, leads, on, type Stander, stand } from './support.js';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());
const ends: (() => void)[] = [];
afterEach(async () => {
  await closeAll();
  for (const end of ends.splice(0)) end();
});

const clients: Readonly<Record<string, () => Promise<RedisClient>>> = {
  async redis() {
    const rootNodes = [{ url: `redis://${cluster.connect}` }];
    const client = createCluster({ rootNodes, defaults: { disableOfflineQueue: true } });
    client.on('error', () => undefined);
    await client.connect();
    ends.push(() => client.destroy());
    return client;
  },
  async ioredis() {
    const redisOptions = { autoResendUnfulfilledCommands: false };
    const client = new Cluster([cluster.connect], { enableOfflineQueue: false, redisOptions });
    client.on('error', () => undefined);
    await until(() => client.status === 'ready');
    ends.push(() => client.disconnect());
    return client;
  },
};

/** An election whose slot each of the servers has, known to it. */
async function oneOnEach(prefix: string): Promise<string[]> {
  const names = new Map<unknown, string>();
  for (let n = 0; names.size < cluster.servers.length; n += 1) {
    const name = `${prefix}${n}`;
    const { server } = await cluster.ownerOf(`{${name}}`);
    if (names.has(server)) continue;
    names.set(server, name);
    await known(server, name);
  }
  return [...names.values()];
}

describe.each(['redis', 'ioredis'])('a cluster of three, through a cluster client of %s', (library) => {
  const client = () => clients[library]?.() as Promise<RedisClient>;
  const leaseMs = 20_000;

  it('holds elections on each of its servers, wakes the next by its news, and lists them all', async () => {
    const names = await oneOnEach(`${library}-`);
    const [a, b] = [on(cluster, { client: await client(), leaseMs }), on(cluster, { client: await client(), leaseMs })];
    for (const name of names) {
      const both = [stand(a, 'a', name), stand(b, 'b', name)];
      const leader = await first(...both);
      const next = both.find((one) => one !== leader) as Stander;
      await follows(next);
      await leader.me.resign();
      // Long before any heartbeat is due: only the news can have told.
      await until(() => next.me.isLeader(), { within: 4_000 });
    }
    const listed = await firstValueFrom(a.elections());
    expect(listed.filter(({ leader }) => leader !== undefined).map(({ name }) => name)).toEqual(
      expect.arrayContaining(names),
    );
  });

  it('that moves the slot to another server leaves the leader its leadership, and tokens rise', async () => {
    const name = `moved-${library}`;
    const from = await cluster.ownerOf(`{${name}}`);
    await known(from.server, name);
    const a = stand(on(cluster, { client: await client() }), 'a', name);
    const token = await leads(a);
    await move(name, from);
    const renewedThere = await renewals(name);
    await until(async () => (await renewals(name)) > renewedThere);
    expect(a.me.leadership).toMatchObject({ role: 'leader', token });
    const b = stand(on(cluster, { client: await client() }), 'b', name);
    await follows(b);
    await a.me.resign();
    expect(await leads(b)).toBeGreaterThan(token);
  });
});

/** Until when the lease is granted, by whoever has it. */
async function renewals(name: string): Promise<number> {
  for (const server of cluster.servers) {
    const [, until] = /\$\d+\r\n(\d+)/.exec(await server.say('HGET', `succession:{${name}}:lease`, 'until')) ?? [];
    if (until) return Number(until);
  }
  return 0;
}

/** As `redis-cli --cluster reshard` does it. */
async function move(name: string, from: Awaited<ReturnType<RedisCluster['ownerOf']>>): Promise<void> {
  const others = cluster.servers.filter((server) => server !== from.server);
  const to = others[0] as (typeof others)[number];
  const id = /(\w{40}) \S+ myself/.exec(await to.say('CLUSTER', 'NODES'))?.[1] ?? '';
  await to.say('CLUSTER', 'SETSLOT', from.slot, 'IMPORTING', from.id);
  await from.server.say('CLUSTER', 'SETSLOT', from.slot, 'MIGRATING', id);
  const keys = ['token', 'lease', 'line', 'alive', 'who'].map((part) => `succession:{${name}}:${part}`);
  expect(await from.server.say('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys)).toContain(
    'OK',
  );
  for (const server of [to, from.server, ...others.slice(1)])
    await server.say('CLUSTER', 'SETSLOT', from.slot, 'NODE', id);
}
