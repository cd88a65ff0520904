import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { createFence } from '../../lib/election/fence.js';
import { StaleTokenError } from '../../lib/errors.js';
import { freePort } from '../support/ports.js';
import { startProxy } from '../support/proxy.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { until } from '../support/until.js';
import { closeAll, first, follows, known, LEASE_MS, leads, on, stand, watchFor } from './support.js';

afterEach(closeAll);

/** A master and its replica, in step, that know the election. */
async function pair() {
  const [master, replica] = [await startRedis({ config: { 'repl-diskless-sync-delay': '0' } }), await startRedis()];
  await known(master);
  await replica.say('REPLICAOF', '127.0.0.1', String(master.port));
  await until(async () => (await replica.say('INFO', 'replication')).includes('master_link_status:up'));
  const dispose = async () => void (await Promise.all([master, replica].map((one) => one[Symbol.asyncDispose]())));
  return { master, replica, [Symbol.asyncDispose]: dispose };
}

/** What a server knows of the last token that was granted. */
const tokenOn = async (server: RedisServer) => (await server.say('GET', 'succession:{jobs}:token')).split('\r\n')[1];

/** Until when it has granted a lease. */
const leaseOn = (server: RedisServer) => server.say('HGET', 'succession:{jobs}:lease', 'until');

const inStep = (replica: RedisServer, token: bigint) => until(async () => (await tokenOn(replica)) === String(token));

/** As an operator, a Sentinel or a cluster does it: from here on it hears nothing of its master. */
const promote = (replica: RedisServer) => replica.say('REPLICAOF', 'NO', 'ONE');

describe('a master that is lost to its replica', () => {
  it('that was in step keeps its leader, if that is quicker than the lease', async () => {
    await using servers = await pair();
    const { master, replica } = servers;
    await using wire = await startProxy(master.connect, { framed: false });
    const a = stand(on(wire, { leaseMs: 12_000 }), 'a');
    const token = await leads(a);
    await inStep(replica, token);
    await master.kill();
    await promote(replica);
    wire.redirect(replica.connect);
    const granted = await leaseOn(replica);
    await until(async () => (await leaseOn(replica)) !== granted);
    expect(a.me.leadership).toMatchObject({ role: 'leader', token });
    expect(a.me.isLeader()).toBe(true);
  });

  it('that had missed a whole leadership ends it, waits for a lease, and leaves a gap in the tokens', async () => {
    await using servers = await pair();
    const { master, replica } = servers;
    await using wire = await startProxy(master.connect, { framed: false });
    const [a, b] = [stand(on(wire), 'a'), stand(on(wire), 'b')];
    const one = await first(a, b);
    const other = one === a ? b : a;
    await follows(other);
    const known = await leads(one);
    await inStep(replica, known);
    await promote(replica); // what is written from now on is lost
    await one.me.resign();
    const lost = await leads(other);
    const third = stand(on(wire), 'c');
    await follows(third);
    using two = watchFor(other, third);
    expect(await tokenOn(replica)).toBe(String(known));
    wire.redirect(replica.connect);
    await master.kill();
    await until(() => !other.me.isLeader());
    const next = await leads(await first(other, third));
    expect([next > lost, lost > known]).toEqual([true, true]);
    expect(await tokenOn(replica)).toBe(String(next));
    expect(two.overlaps()).toBe(0);
  });

  it('that remembers a lease of a candidate which handed over since gives it no other before a whole lease is over', async () => {
    await using servers = await pair();
    const { master, replica } = servers;
    await using wire = await startProxy(master.connect, { framed: false });
    await using other = await startProxy(master.connect, { framed: false });
    const leaseMs = 6_000;
    const a = stand(on(wire, { leaseMs }), 'a');
    await inStep(replica, await leads(a));
    const b = stand(on(other, { leaseMs }), 'b');
    await follows(b);
    await promote(replica); // what is written from now on is lost
    await on(master, { leaseMs }).election('jobs').stepDown({ to: 'b' });
    const lost = await leads(b);
    await follows(a);
    using two = watchFor(a, b);
    other.hold(); // it goes on believing, and hears of nothing
    wire.redirect(replica.connect);
    await master.kill();
    expect(await leads(a)).toBeGreaterThan(lost);
    expect([b.me.isLeader(), two.overlaps()]).toEqual([false, 0]);
    other.forward();
  });

  it('gives a stranger who has seen nothing a token above those that were lost', async () => {
    await using servers = await pair();
    const { master, replica } = servers;
    await promote(replica);
    const lost = await leads(stand(on(master), 'a'));
    await master.kill();
    const asked = performance.now();
    expect(await leads(stand(on(replica), 'stranger'))).toBeGreaterThan(lost);
    // The replica is another run of the server than the one that granted leases.
    expect(performance.now() - asked).toBeGreaterThanOrEqual(LEASE_MS - 100);
  });
});

describe('a master that is cut off while its replica is promoted', () => {
  it('makes two leaders, as documented; what they write to refuses the older one', async () => {
    await using servers = await pair();
    const { master, replica } = servers;
    await using wire = await startProxy(master.connect, { framed: false });
    const a = stand(on(wire), 'a');
    const old = await leads(a);
    await inStep(replica, old);
    await promote(replica);
    const b = stand(on(replica), 'b');
    const young = await leads(b);
    expect(a.me.isLeader()).toBe(true);
    const fence = createFence();
    fence.admit(old);
    fence.admit(young);
    expect(() => fence.admit(old)).toThrow(StaleTokenError);

    // Found again, it becomes the replica, and refuses writes: then its leader is none.
    await master.say('REPLICAOF', '127.0.0.1', String(replica.port));
    await until(() => !a.me.isLeader());
    wire.redirect(replica.connect);
    wire.cut('reset');
    await follows(a);
    expect(a.told.error).toBe(undefined);
    await b.me.resign();
    expect(await leads(a)).toBeGreaterThan(young);
  });

  it('ends its leadership itself with min-replicas-to-write', async () => {
    await using servers = await pair();
    const { master, replica } = servers;
    await master.say('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const a = stand(on(master), 'a');
    const old = await leads(a);
    await inStep(replica, old);
    await promote(replica);
    const b = stand(on(replica), 'b');
    using two = watchFor(a, b);
    await until(() => !a.me.isLeader());
    expect(await leads(b)).toBeGreaterThan(old);
    expect(two.overlaps()).toBe(0);
    expect(a.told.error).toBe(undefined);
  });
});

describe('Sentinel', () => {
  it('promotes the replica of a master that died: clients of ioredis follow, somebody leads, and tokens rise', async () => {
    await using servers = await pair();
    const { master, replica } = servers;
    const lines = [
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds main 1000',
      'sentinel failover-timeout main 5000',
    ];
    await using sentinel = await startRedis({ port: await freePort(), sentinel: lines });
    await until(async () => (await sentinel.say('INFO', 'sentinel')).includes('slaves=1'));
    const clients = [0, 1].map(() => sentinelClient(sentinel));
    try {
      const [a, b] = clients.map((client, at) => stand(on(master, { client }), `${at}`)) as [Member, Member];
      const leader = await first(a, b);
      const other = leader === a ? b : a;
      await follows(other);
      const before = await leads(leader);
      await inStep(replica, before);
      using two = watchFor(a, b);
      await master.kill();
      await until(async () => (await replica.say('INFO', 'replication')).includes('role:master'), { within: 20_000 });
      // Whoever leads, the new master has granted it: the same leadership if all this was quicker than the lease.
      const granted = await leaseOn(replica);
      await until(async () => (await leaseOn(replica)) !== granted, { within: 15_000 });
      const again = await first(a, b);
      const token = await leads(again);
      expect(token).toBeGreaterThanOrEqual(before);
      await again.me.resign();
      expect(await leads(again === a ? b : a)).toBeGreaterThan(token);
      expect([two.overlaps(), a.told.error, b.told.error]).toEqual([0, undefined, undefined]);
    } finally {
      await closeAll();
      for (const client of clients) client.disconnect();
    }
  }, 60_000);
});

type Member = ReturnType<typeof stand>;

function sentinelClient({ port }: RedisServer): Redis {
  const now = { enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };
  const client = new Redis({ sentinels: [{ host: '127.0.0.1', port }], name: 'main', ...now });
  return client.on('error', () => undefined);
}
