import { afterAll, beforeAll, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { catchRequest, inSequence, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Waits of this length would fail every spec that must not wait. */
const endless = { sessionTimeoutMs: 60_000, leaseMs: 40_000 };

it('a goodbye costs the successor no wait', async () => {
  await using world = new World(server);
  const [a, b] = await world.line(['a', 'b'], endless);
  await a.candidacy.resign();
  await b.leads();
});

it('closing is a goodbye too', async () => {
  await using world = new World(server);
  const [a, b] = await world.line(['a', 'b'], endless);
  await a.backend.close();
  await b.leads();
});

it('an unclean loss costs the successor at least the lease of the lost one', async () => {
  await using world = new World(server);
  const leaseMs = 1_000;
  const [lost, via] = await Promise.all([world.proxy(), world.proxy()]);
  await world.stand('a', { via: lost, leaseMs }).leads();
  const b = world.stand('b', { via, leaseMs: 10 });
  await b.follows(1);
  let told = 0;
  via.onReply(({ xid }, pass) => {
    if (xid === -1) told = performance.now();
    pass();
  });
  lost.refuse();
  await b.leads();
  expect(performance.now() - told).toBeGreaterThanOrEqual(leaseMs);
});

it('one that resigns before its wait for a lost leader is over hands that wait on', async () => {
  await using world = new World(server);
  const via = await world.proxy();
  const lost = world.stand('a', { via, leaseMs: 1_400 });
  await lost.leads();
  const [b, c] = [world.stand('b', { leaseMs: 20 }), world.stand('c', { leaseMs: 20 })];
  await Promise.all([b.follows(), c.follows()]);
  via.hold();
  const heir = await until(() => [b, c].find(({ candidacy }) => 'why' in candidacy.leadership));
  const from = performance.now();
  expect(await heir.candidacy.resign()).toBe('released');
  await (heir === b ? c : b).leads();
  expect(heir.heard.values.some(({ role }) => role === 'leader')).toBe(false);
  expect(performance.now() - from).toBeGreaterThan(1_000);
});

it('resigning while disconnected leaves nothing once the wire is back', async () => {
  await using world = new World(server);
  const via = await world.proxy();
  const a = world.stand('a', { ...endless, via, election: { resignTimeoutMs: 100 } });
  await a.leads();
  const b = world.stand('b');
  await b.follows(1);
  via.refuse();
  await until(() => via.open === 0);
  expect(await a.candidacy.resign()).toBe('unknown');
  expect(await world.children()).toHaveLength(2);
  via.forward();
  await b.leads();
  expect(await world.children()).toHaveLength(1);
});

it.each([
  ['create', opcode.create],
  ['list', opcode.getChildren2],
  ['read', opcode.getData],
  ['claim', opcode.multi],
] as const)('resigning while the request to %s is on its way leaves nothing', async (_, code) => {
  await using world = new World(server);
  await world.create();
  const via = await world.proxy();
  const caught = catchRequest(via, code);
  const a = world.stand('a', { via });
  const { pass } = await caught;
  const resignation = a.candidacy.resign();
  pass();
  expect(await resignation).toBe('released');
  expect(await world.children()).toEqual([]);
});

it('resigning while the create is on its way over a connection that breaks leaves nothing', async () => {
  await using world = new World(server);
  await world.create();
  const via = await world.proxy();
  const lost = via.loseReplyOf(opcode.create);
  const a = world.stand('a', { ...endless, via });
  const resignation = lost.then(() => a.candidacy.resign());
  expect(await resignation).toBe('released');
  expect(await world.children()).toEqual([]);
});

it('closing without a connection ends too, and the server ends the rest with the session', async () => {
  await using world = new World(server);
  const via = await world.proxy();
  const a = world.stand('a', { via, election: { resignTimeoutMs: 100 } });
  await a.leads();
  via.refuse();
  await until(() => via.open === 0);
  await a.backend.close();
  expect(a.heard.last).toMatchObject({ role: 'resigned' });
  await until(async () => (await world.children()).length === 0);
});

it('drains the work before the place is released', async () => {
  await using world = new World(server);
  const [a, b] = await world.line(['a', 'b']);
  let finish = () => undefined as void;
  let running = false;
  a.candidacy.lead(async () => {
    running = true;
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    running = false;
  });
  const resignation = a.candidacy.resign();
  await until(() => a.candidacy.leadership.role === 'candidate');
  expect([running, (await world.children()).length, b.candidacy.isLeader()]).toEqual([true, 2, false]);
  finish();
  expect(await resignation).toBe('released');
  await b.leads();
  expect(running).toBe(false);
});

it("with onSuspend 'hold' a leader outlives a short loss of its wire", async () => {
  await using world = new World(server);
  const via = await world.proxy();
  const a = world.stand('a', { ...endless, via });
  const first = await a.leads();
  using connection = seen(a.backend.connection$);
  via.refuse();
  await connection.next((state) => state === 'suspended');
  expect(a.candidacy.isLeader()).toBe(true);
  via.forward();
  await connection.next((state) => state === 'connected');
  expect(a.candidacy.leadership).toBe(first);
});

it("with onSuspend 'stop' it gives up at once, and claims again in the same session without a wait", async () => {
  await using world = new World(server);
  const via = await world.proxy();
  const a = world.stand('a', { ...endless, via, onSuspend: 'stop' });
  const first = await a.leads();
  const [name] = inSequence(await world.children());
  via.refuse();
  await a.waits('suspended');
  expect([first.signal.aborted, first.isValid()]).toEqual([true, false]);
  via.forward();
  expect((await a.leads()).token).toBeGreaterThan(first.token);
  expect(await world.children()).toEqual([name]);
});
