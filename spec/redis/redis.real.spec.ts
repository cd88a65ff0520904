import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { AccessDeniedError, AuthenticationError } from '../../lib/errors.js';
import { startProxy } from '../support/proxy.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { until } from '../support/until.js';
import { closeAll, first, follows, kept, LEASE_MS, leads, on, stand, watchFor } from './support.js';

afterEach(closeAll);

/** When its start explains nothing any more. */
async function flushedLater(server: RedisServer): Promise<unknown> {
  const uptime = async () => Number(/uptime_in_seconds:(\d+)/.exec(await server.say('INFO', 'server'))?.[1]);
  await until(async () => (await uptime()) > LEASE_MS / 1000 + 2, { every: 100 });
  return server.say('FLUSHALL');
}

describe('a Redis that forgets everything', () => {
  it.each([
    ['is restarted empty', (server: RedisServer) => server.restart()],
    ['is flushed long after its start', flushedLater],
  ])('and %s gives nobody the lease for a whole lease, and then a larger token', async (_, forget) => {
    const server = kept(await startRedis());
    const [a, b] = [stand(on(server), 'a'), stand(on(server), 'b')];
    using two = watchFor(a, b);
    const before = await leads(a.me.leadership.role === 'leader' ? a : await first(a, b));
    await forget(server);
    const forgotAt = performance.now();
    await until(() => !a.me.isLeader() && !b.me.isLeader(), { within: 5_000 });
    const after = await leads(await first(a, b));
    expect(after).toBeGreaterThan(before);
    expect(performance.now() - forgotAt).toBeGreaterThanOrEqual(LEASE_MS - 100);
    expect(two.overlaps()).toBe(0);
  });

  it('gives a stranger who has seen nothing no lease either: the server has just been started', async () => {
    const server = kept(await startRedis());
    const wire = kept(await startProxy(server.connect, { framed: false }));
    const a = stand(on({ connect: wire.connect }), 'a');
    const before = await leads(a);
    wire.hold(); // it goes on believing, and does not hear of the restart
    await server.restart();
    const stranger = stand(on(server), 'stranger');
    using two = watchFor(a, stranger);
    expect(await leads(stranger)).toBeGreaterThan(before);
    expect([a.me.isLeader(), two.overlaps()]).toEqual([false, 0]);
    wire.forward();
  });

  it('by another run of the server, as after a failover, makes the next one wait for a lease', async () => {
    const server = kept(await startRedis());
    const a = stand(on(server), 'a');
    const before = await leads(a);
    // What the server knows comes from another one: a replica has another run id.
    await server.say('HSET', 'succession:{jobs}:lease', 'run', 'another', 'until', '0');
    const b = stand(on(server), 'b');
    await a.me.resign();
    const since = performance.now();
    expect(await leads(b)).toBeGreaterThan(before);
    expect(performance.now() - since).toBeGreaterThanOrEqual(LEASE_MS - 100);
  });
});

describe('a Redis in trouble', () => {
  it('that is asleep ends leadership with the lease, hangs nobody, and elects when it wakes up', async () => {
    const server = kept(await startRedis());
    const a = stand(on(server), 'a');
    const before = await leads(a);
    server.pause();
    await until(() => !a.me.isLeader(), { within: 2 * LEASE_MS });
    await a.told.next(({ role }) => role === 'candidate', 5_000);
    await expect(firstValueFrom(on(server).elections())).rejects.toMatchObject({ retriable: true });
    server.resume();
    expect(await leads(a)).toBeGreaterThan(before);
    expect(a.told.error).toBe(undefined);
  });

  it('that is asleep lets who resigns go within its deadline', async () => {
    const server = kept(await startRedis());
    const a = stand(on(server), 'a');
    await leads(a);
    server.pause();
    expect(['expired', 'unknown']).toContain(await a.me.resign());
    server.resume();
  });

  it('that is full ends leadership with the lease, lets who leads resign, and elects when there is room', async () => {
    const server = kept(await startRedis());
    const a = stand(on(server), 'a');
    await leads(a);
    await server.say('CONFIG', 'SET', 'maxmemory', '1');
    await a.told.next((value) => value.role === 'candidate' && value.why === 'suspended', 15_000);
    expect(a.me.isLeader()).toBe(false);
    await server.say('CONFIG', 'SET', 'maxmemory', '0');
    await leads(a);
    await server.say('CONFIG', 'SET', 'maxmemory', '1');
    expect(await a.me.resign()).toBe('released');
  });

  it('that does not know us ends the candidacy with an error that says so', async () => {
    const server = kept(await startRedis({ config: { requirepass: 'secret' } }));
    for (const library of ['redis', 'ioredis'] as const) {
      const { told } = stand(on(server, { url: `redis://:wrong@${server.connect}`, library }), 'a');
      await until(() => told.error !== undefined, { describe: `${library} to give up` });
      expect(told.error).toBeInstanceOf(AuthenticationError);
    }
  });

  it('that forbids scripts to us ends the candidacy with an error that says so', async () => {
    const server = kept(await startRedis());
    await server.say('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '&*', '+@all', '-evalsha', '-eval');
    const { told } = stand(on(server, { url: `redis://app:pw@${server.connect}` }), 'a');
    await until(() => told.error !== undefined);
    expect(told.error).toBeInstanceOf(AccessDeniedError);
  });

  it('that forbids our channel to us ends the candidacy with an error that says so', async () => {
    const server = kept(await startRedis());
    await server.say('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', 'resetchannels', '+@all');
    const url = `redis://app:pw@${server.connect}`;
    const { told } = stand(on(server, { url }), 'a');
    await until(() => told.error !== undefined, { within: 15_000 });
    expect(told.error).toBeInstanceOf(AccessDeniedError);
  });
});

describe('a given client', () => {
  it('of redis is used and never closed by us', async () => {
    const server = kept(await startRedis());
    const client = createClient({ url: `redis://${server.connect}`, disableOfflineQueue: true });
    client.on('error', () => undefined);
    await client.connect();
    const backend = on(server, { client });
    await leads(stand(backend, 'a'));
    await backend.close();
    expect(await client.ping()).toBe('PONG');
    client.destroy();
  });

  it('of ioredis is used and never closed by us', async () => {
    const server = kept(await startRedis());
    const client = new Redis(server.port, { enableOfflineQueue: false, autoResendUnfulfilledCommands: false });
    client.on('error', () => undefined);
    const backend = on(server, { client });
    await leads(stand(backend, 'a'));
    await backend.close();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('that loses Redis and finds it again stands again', async () => {
    const server = kept(await startRedis());
    const client = createClient({ url: `redis://${server.connect}`, disableOfflineQueue: true });
    client.on('error', () => undefined);
    await client.connect();
    const a = stand(on(server, { client }), 'a');
    const before = await leads(a);
    await server.restart();
    await until(() => !a.me.isLeader());
    expect(await leads(a)).toBeGreaterThan(before);
    await a.me.resign();
    client.destroy();
  });
});

describe('a cluster', () => {
  it('takes every script in one slot: elections on a server with cluster mode on', async () => {
    const server = kept(await startRedis({ config: { 'cluster-enabled': 'yes' } }));
    await server.say('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => (await server.say('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    const [a, b] = [stand(on(server), 'a'), stand(on(server, { library: 'ioredis' }), 'b')];
    const leader = await first(a, b);
    const other = leader === a ? b : a;
    await follows(other);
    await leader.me.resign();
    await leads(other);
  });
});
