import { firstValueFrom, Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { startProxy } from '../support/proxy.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { until } from '../support/until.js';
import { closeAll, follows, kept, known, leads, on, type Stander, stand } from './support.js';

afterEach(closeAll);

async function freshServer(): Promise<RedisServer> {
  const server = await startRedis();
  await known(server);
  return server;
}

const field = async (server: RedisServer, name: string) =>
  (await server.say('HGET', 'succession:{jobs}:lease', name)).split('\r\n')[1];

describe('the line on Redis', () => {
  it('has one leadership, with one token, from a lease whose answer was lost', async () => {
    const server = kept(await freshServer());
    const leaseMs = 9_000;
    const a = stand(on(server, { leaseMs }), 'a');
    await leads(a);
    const wire = kept(await startProxy(server.connect, { framed: false }));
    const b = stand(on(wire, { leaseMs }), 'b');
    await follows(b);
    const before = await field(server, 'token');
    wire.delay(300); // The grant is at the server before its answer is at b.
    await a.me.resign();
    const granted = async () => ((await field(server, 'token')) !== before ? field(server, 'token') : undefined);
    const token = await until(granted);
    wire.cut('reset');
    wire.forward();
    expect(String(await leads(b))).toBe(token);
    expect(await field(server, 'token')).toBe(token);
  });

  it('passes leadership in the order in which they came; who leaves from behind leaves the lease alone', async () => {
    const server = kept(await freshServer());
    const leader = stand(on(server), 'a');
    const token = await leads(leader);
    const others = [];
    for (const id of ['b', 'c', 'd']) {
      const one = stand(on(server), id);
      await follows(one);
      others.push(one);
    }
    const [b, c, d] = others as [Stander, Stander, Stander];
    await c.me.resign();
    expect(await field(server, 'token')).toBe(String(token));
    expect(await field(server, 'id')).toBe('a');
    expect(Number(await field(server, 'until'))).toBeGreaterThan(0);
    await leader.me.resign();
    const next = await leads(b);
    await b.me.resign();
    expect([next > token, (await leads(d)) > next]).toEqual([true, true]);
  });

  it('passes over who has fallen silent, a lease later', async () => {
    const server = kept(await freshServer());
    const wire = kept(await startProxy(server.connect, { framed: false }));
    const leader = stand(on(server), 'a');
    await leads(leader);
    await follows(stand(on(wire), 'silent'));
    const c = stand(on(server), 'c');
    await follows(c);
    await wire.down();
    await until(async () => !(await standing(server)).includes('silent'));
    await leader.me.resign();
    await leads(c);
  });

  it('wakes the next at once when the leader resigns: long before any heartbeat is due', async () => {
    const server = kept(await freshServer());
    const leaseMs = 20_000;
    const a = stand(on(server, { leaseMs }), 'a');
    await leads(a);
    const b = stand(on(server, { leaseMs }), 'b');
    await follows(b);
    await a.me.resign();
    await until(() => b.me.isLeader(), { within: 3_000 });
  });

  it('survives a server that forgets its scripts', async () => {
    const server = kept(await freshServer());
    const a = stand(on(server), 'a');
    await leads(a);
    await server.say('SCRIPT', 'FLUSH');
    const b = stand(on(server), 'b');
    await follows(b);
    await a.me.resign();
    await leads(b);
  });

  it('keeps nothing in a key that expires', async () => {
    const server = kept(await freshServer());
    const a = stand(on(server), 'a');
    await leads(a);
    await follows(stand(on(server), 'b'));
    const keys = lines(await server.say('KEYS', '*'));
    expect(keys.length).toBe(6);
    for (const key of keys) expect(`${key} ${await server.say('TTL', key)}`).toBe(`${key} :-1\r\n`);
  });

  it('hands over on a full Redis too: what is removed makes room for what is written', async () => {
    const server = kept(await freshServer());
    const leaseMs = 12_000; // nobody is forgotten meanwhile, which would make room as well
    const a = stand(on(server, { leaseMs }), 'a');
    const drained$ = new Subject<void>();
    a.me.lead(() => firstValueFrom(drained$));
    const token = await leads(a);
    const b = stand(on(server, { leaseMs }), 'b');
    await follows(b);
    const asked = on(server, { leaseMs }).election('jobs').stepDown({ to: 'b' });
    await a.told.next((value) => value.role === 'candidate' && value.why === 'resigning');
    await server.say('CONFIG', 'SET', 'maxmemory', '1');
    drained$.next();
    await until(async () => !(await field(server, 'holder')), { within: 4_000 });
    expect(await field(server, 'nominee')).toMatch(/^[\w-]{36}$/);
    expect(await standing(server)).toEqual(['b', 'a']);
    await server.say('CONFIG', 'SET', 'maxmemory', '0');
    expect((await asked).after).toMatchObject({ id: 'b' });
    expect(await leads(b)).toBeGreaterThan(token);
  });
});

/** The texts of a reply that is a list. */
const lines = (reply: string) => reply.split('\r\n').filter((line) => line !== '' && !/^[*$]/.test(line));

/** The ids in line. */
async function standing(server: RedisServer): Promise<string[]> {
  const names = lines(await server.say('ZRANGE', 'succession:{jobs}:line', '0', '-1'));
  const told = names.map((name) => server.say('HGET', 'succession:{jobs}:who', name));
  return (await Promise.all(told)).map((text) => /"id":"(\w+)"/.exec(text)?.[1] ?? '');
}
