import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { catchRequest, inSequence, sequenceOf, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('two leaders', () => {
  it('A1: a leader whose wire is cut stops leading before another leads', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via });
    const first = await a.leads();
    const b = world.stand('b');
    await b.follows(1);
    await via.down();
    const second = await b.leads();
    expect([a.candidacy.isLeader(), first.isValid(), first.signal.aborted]).toEqual([false, false, true]);
    expect(second.token).toBeGreaterThan(first.token);
    await via.up();
  });

  it('A2: the third in line does not lead when the second goes', async () => {
    await using world = new World(server);
    const [a, b, c] = await world.line(['a', 'b', 'c']);
    await b.candidacy.resign();
    await c.follows(1);
    expect([a.candidacy.isLeader(), c.candidacy.isLeader()]).toEqual([true, false]);
    expect(c.heard.values.some(({ role }) => role === 'leader')).toBe(false);
  });

  it('A3: reconnects in quick succession leave one znode and the same leader', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via, sessionTimeoutMs: 30_000 });
    const { token } = await a.leads();
    const [name] = await world.children();
    for (let i = 0; i < 10; i++) {
      const before = via.connections;
      via.cut('reset');
      await until(() => via.connections > before && via.open > 0);
    }
    await until(() => a.candidacy.isLeader());
    expect(await world.children()).toEqual([name]);
    expect(a.candidacy.leadership).toMatchObject({ role: 'leader', token });
  });

  it('A4: a znode of our own older session is removed, never taken for ours', async () => {
    await using own = await startZooKeeper();
    await using world = new World(own);
    // A long session for the server, given up early by us: our silence limits are short.
    const a = world.stand('a', { sessionTimeoutMs: 1_000 });
    const { token } = await a.leads();
    const [before] = await world.children();
    await own.kill();
    await a.waits('expired');
    await own.start();
    const again = await a.leads();
    expect(again.token).toBeGreaterThan(token);
    const [after, ...more] = await world.children();
    expect([after === before, more]).toEqual([false, []]);
  });

  it('A5: a leader that hears nothing stops believing while the server still keeps its session', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via, sessionTimeoutMs: 8_000 });
    await a.leads();
    const [name] = await world.children();
    via.hold();
    await until(() => !a.candidacy.isLeader());
    expect(await server.ephemerals()).toContain(`${world.path}/${name}`);
    via.forward();
    await a.leads();
  });

  it('A6: a session that ends while nobody can tell us ends the leadership, and the candidate stands again', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via });
    const { token } = await a.leads();
    via.refuse();
    await a.waits('suspended');
    await until(async () => (await world.children()).length === 0);
    expect(a.candidacy.isLeader()).toBe(false);
    via.forward();
    await a.waits('expired');
    expect((await a.leads()).token).toBeGreaterThan(token);
  });

  it('A8: a leader whose znode an operator deletes says so before its successor leads', async () => {
    await using world = new World(server);
    const [a, b] = await world.line(['a', 'b']);
    const order: string[] = [];
    a.candidacy.leadership$.subscribe(({ role }) => role !== 'leader' && order.push('a stops'));
    b.candidacy.leadership$.subscribe(({ role }) => role === 'leader' && order.push('b leads'));
    await world.remove(inSequence(await world.children())[0]!);
    await a.waits('evicted');
    await b.leads();
    await a.follows(1);
    expect([order[0], order.includes('b leads')]).toEqual(['a stops', true]);
  });

  it('A10: the sequence decides, not what the name begins with', async () => {
    await using world = new World(server);
    await world.create();
    const { error } = await world.operator((client) =>
      client.create(`${world.path}/_c_ffffffff-ffff-4fff-bfff-ffffffffffff-latch-`, 'java', 2),
    );
    expect(error).toBe(0);
    const a = world.stand('a', { naming: 'kazoo' });
    await a.follows(1);
    const b = world.stand('b');
    await b.follows(2);
    const line = inSequence(await world.children());
    expect([...line].sort()).not.toEqual(line);
    await world.remove(line[0]!);
    await a.leads();
    expect(b.candidacy.leadership).toMatchObject({ role: 'follower' });
  });

  it('A11: a claim that is answered after its lease starts no work and is told to nobody', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via, sessionTimeoutMs: 6_000, leaseMs: 300, silenceMs: 2_000 });
    const started: bigint[] = [];
    a.candidacy.lead(({ token, isValid }) => void (isValid() && started.push(token)));
    const { pass } = await catchRequest(via, opcode.multi);
    const asked = performance.now();
    await until(() => performance.now() > asked + 400);
    pass();
    const { token } = await a.leads();
    expect(started).toEqual([token]);
    expect(a.heard.values.filter(({ role }) => role === 'leader')).toHaveLength(1);
    expect(await world.claims()).toBeGreaterThan(1);
  });

  it('A12: a resignation whose answer is lost is done, and the next candidacy starts clean', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via });
    const { token } = await a.leads();
    const [name] = await world.children();
    const lost = via.loseReplyOf(opcode.multi);
    expect(await Promise.all([a.candidacy.resign(), lost])).toEqual(['released', undefined]);
    const again = world.stand('a', { with: a });
    expect((await again.leads()).token).toBeGreaterThan(token);
    const [after, ...more] = await world.children();
    expect([sequenceOf(after!) > sequenceOf(name!), more]).toEqual([true, []]);
    expect(a.candidacy.isLeader()).toBe(false);
  });
});
