import { config } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { catchRequest, inSequence, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => {
  config.onUnhandledError = null;
});

describe('no leader, or stuck for ever', () => {
  it('B13: a create whose answer is lost leaves one znode, and it leads', async () => {
    await using world = new World(server);
    await (await world.line(['earlier']))[0].candidacy.resign();
    const via = await world.proxy();
    const lost = via.loseReplyOf(opcode.create);
    const a = world.stand('a', { via });
    await lost;
    await a.leads();
    expect(await world.children()).toHaveLength(1);
  });

  it.each([
    ['listing', opcode.getChildren2],
    ['reading', opcode.getData],
    ['claiming', opcode.multi],
  ])('B14: an answer lost between create and leadership, to %s, leaves no second znode', async (_, code) => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via });
    const b = world.stand('b');
    await Promise.all([a, b].map(({ heard }) => heard.next(({ role }) => role !== 'candidate')));
    await b.candidacy.resign();
    await a.candidacy.resign();
    const lost = via.loseReplyOf(code);
    const again = world.stand('a', { with: a });
    await lost;
    await again.leads();
    expect(await world.children()).toHaveLength(1);
  });

  it('B15: a delete that never reached the server is sent again, so nobody waits behind it', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via, sessionTimeoutMs: 20_000 });
    await a.leads();
    const b = world.stand('b');
    await b.follows(1);
    const goodbye = catchRequest(via, opcode.multi);
    const resignation = a.candidacy.resign();
    (await goodbye).cut();
    expect(await resignation).toBe('released');
    await b.leads();
  });

  it.each(['close', 'resign'] as const)('B16: to %s while the create is on its way leaves nothing', async (how) => {
    await using world = new World(server);
    await world.line(['earlier']);
    const via = await world.proxy();
    const create = catchRequest(via, opcode.create);
    const a = world.stand('a', { via, sessionTimeoutMs: 20_000 });
    const { pass } = await create;
    const left = how === 'close' ? a.backend.close() : a.candidacy.resign();
    expect(a.candidacy.isLeader()).toBe(false);
    pass();
    await left;
    expect(a.heard.last).toMatchObject({ role: 'resigned' });
    expect(await world.children()).toHaveLength(1);
  });

  it('B17: a candidate that stands before there is a server leads once there is one', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    await via.down();
    const a = world.stand('a', { via });
    expect(a.candidacy.leadership).toEqual({ role: 'candidate', why: 'joining' });
    await via.up();
    await a.leads();
  });

  it('B18: neither a subscriber that throws nor work that throws stalls the elector', async () => {
    await using world = new World(server);
    const errors: unknown[] = [];
    config.onUnhandledError = (error) => errors.push(error);
    const a = world.stand('a', { election: { yieldMs: 50 } });
    a.candidacy.leadership$.subscribe(() => {
      throw new Error('subscriber');
    });
    let runs = 0;
    a.candidacy.lead(() => {
      if (++runs < 3) throw new Error('work');
    });
    const tokens = [(await a.leads()).token, (await a.leads()).token, (await a.leads()).token];
    await until(() => runs === 3 && errors.length > 0);
    expect([...tokens].sort()).toEqual(tokens);
    expect(a.candidacy.isLeader()).toBe(true);
    expect(errors).toContainEqual(new Error('subscriber'));
  });

  it('B19: candidates whose parent vanished stand again', async () => {
    await using world = new World(server);
    const [a, b] = await world.line(['a', 'b']);
    await world.operator(async (client) => {
      for (const name of inSequence(await world.children()).reverse()) await client.delete(`${world.path}/${name}`);
      await client.delete(world.path);
    });
    await until(() => a.candidacy.isLeader() || b.candidacy.isLeader());
    await until(() => [a, b].some(({ candidacy }) => candidacy.leadership.role === 'follower'));
    expect(await world.children()).toHaveLength(2);
  });

  it('B19: a follower whose place and parent vanish while it is away stands again', async () => {
    await using world = new World(server);
    const [a] = await world.line(['a']);
    const via = await world.proxy();
    const b = world.stand('b', { via, sessionTimeoutMs: 20_000 });
    await b.follows(1);
    via.refuse();
    await b.waits('suspended');
    await a.candidacy.resign();
    await world.remove((await world.children())[0]!);
    await world.operator((client) => client.delete(world.path));
    via.forward();
    await b.leads();
  });

  it('B20: a follower whose predecessor goes between listing and watching is not stuck', async () => {
    await using world = new World(server);
    await world.line(['a']);
    const via = await world.proxy();
    const watch = catchRequest(via, opcode.getData);
    const b = world.stand('b', { via });
    const listed = await watch;
    await world.remove(inSequence(await world.children())[0]!);
    listed.pass();
    await b.leads();
  });

  it('B20: a follower whose predecessor goes while the follower is disconnected is told on its return', async () => {
    await using world = new World(server);
    const [a] = await world.line(['a']);
    const via = await world.proxy();
    const b = world.stand('b', { via, sessionTimeoutMs: 20_000, retryMaxMs: 50 });
    await b.follows(1);
    via.refuse();
    await until(() => via.open === 0);
    await a.candidacy.resign();
    via.forward();
    await b.leads();
  });

  it('B21: a candidacy that led, expired and lost the lead stands again and leads again', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via });
    const first = await a.leads();
    const b = world.stand('b');
    await b.follows(1);
    via.refuse();
    const between = await b.leads();
    via.forward();
    await a.follows(1);
    await b.candidacy.resign();
    const second = await a.leads();
    expect(first.token < between.token && between.token < second.token).toBe(true);
  });

  it('B22: candidates that reconnect at the same moment keep their znodes and their order', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    await world.line(['a', 'b', 'c'], { via });
    const before = inSequence(await world.children());
    for (let i = 0; i < 5; i++) {
      const connections = via.connections;
      via.cut();
      await until(() => via.connections >= connections + 3 && via.open === 3);
    }
    expect(inSequence(await world.children())).toEqual(before);
  });

  it('B24: a restarted process stands beside what its dead one left, and leads when that is gone', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const dead = world.stand('host-1', { via });
    const first = await dead.leads();
    via.hold();
    const restarted = world.stand('host-1');
    await restarted.follows(1);
    expect((await restarted.leads()).token).toBeGreaterThan(first.token);
  });
});
