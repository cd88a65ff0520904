import { afterAll, beforeAll, expect, it } from 'vitest';
import { LeaderChangedError, NoLeaderError, NoSuchParticipantError, UnsupportedError } from '../../../lib/errors.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { catchRequest, type Standee, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

const hasLed = ({ heard }: Standee): boolean => heard.values.some(({ role }) => role === 'leader');

/** The heavier first. */
const prefer = (a: { data: unknown }, b: { data: unknown }): number => Number(b.data) - Number(a.data);

it('steps down in favour of the next, and stands again at the back', async () => {
  await using world = new World(server);
  const [a, b] = await world.line(['a', 'b', 'c']);
  const first = a.candidacy.leadership;
  const { before, after } = await b.election.stepDown({ reason: 'deploy', by: 'spec' });
  expect([before.id, after.id]).toEqual(['a', 'b']);
  expect(after.token).toBeGreaterThan(before.token!);
  expect(first).toMatchObject({ role: 'leader', signal: { aborted: true } });
  await a.follows(2);
});

it('steps down in favour of one far behind: those ahead of it pass, and never lead', async () => {
  await using world = new World(server);
  const [a, b, c, d] = await world.line(['a', 'b', 'c', 'd']);
  const { after } = await b.election.stepDown({ to: 'd' });
  expect([after.id, d.candidacy.isLeader(), hasLed(b), hasLed(c)]).toEqual(['d', true, false, false]);
  using line = seen(d.election.participants$);
  await line.next((all) => all.length === 4 && all[0]?.id === 'd');
  await a.follows();
});

it('leads itself when the nominee left meanwhile', async () => {
  await using world = new World(server);
  const via = await world.proxy();
  const [a, b, c] = await world.line(['a', 'b', 'c'], { via });
  let finish = () => undefined as void;
  a.candidacy.lead(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  const transfer = c.election.stepDown({ to: 'c', timeoutMs: 300 }).catch((error: Error) => error.name);
  await a.waits('resigning');
  await c.candidacy.resign();
  finish();
  await b.leads();
  expect(await transfer).toBe('DeadlineError');
});

it('asks nobody when the guard does not match, when nobody leads, when the nominee does not stand', async () => {
  await using world = new World(server);
  const nobody = world.backend().election(world.name);
  await expect(nobody.stepDown({ timeoutMs: 5_000 })).rejects.toThrow(NoLeaderError);
  const [a] = await world.line(['a']);
  await expect(a.election.stepDown({ expectLeader: 'b' })).rejects.toThrow(LeaderChangedError);
  await expect(a.election.stepDown({ to: 'b' })).rejects.toThrow(NoSuchParticipantError);
  await expect(a.election.evict('b')).rejects.toThrow(NoSuchParticipantError);
  expect(a.candidacy.isLeader()).toBe(true);
});

it('says that a leader of another library takes no requests', async () => {
  await using world = new World(server);
  await world.create();
  const name = `${world.path}/_c_ffffffff-ffff-4fff-bfff-ffffffffffff-latch-`;
  await world.operator((client) => client.create(name, 'java-1', 2));
  const election = world.backend().election(world.name);
  await expect(election.stepDown()).rejects.toThrow(UnsupportedError);
  expect(await election.evict('java-1')).toMatchObject({ id: 'java-1', foreign: true });
  expect(await world.children()).toEqual([]);
});

it('prefers by data: whoever comes first and finds somebody better passes without ever having led', async () => {
  await using world = new World(server);
  const a = world.stand('a', { data: 1, election: { prefer } });
  await a.leads();
  const b = world.stand('b', { data: 1, election: { prefer } });
  await b.follows(1);
  const c = world.stand('c', { data: 5, election: { prefer } });
  await c.follows(2);
  await a.candidacy.resign();
  await c.leads();
  using line = seen(c.election.participants$);
  await line.next((all) => all.map(({ id }) => id).join() === 'c,b');
  expect([b.candidacy.leadership, hasLed(b)]).toEqual([{ role: 'follower', ahead: 1 }, false]);
});

it('settles when comparators contradict each other: nobody passes twice for the same rival', async () => {
  await using world = new World(server);
  const [leader] = await world.line(['leader']);
  const modest = { prefer: (a: { id: string }) => (a.id === 'x' ? 1 : -1) };
  const polite = { prefer: (a: { id: string }) => (a.id === 'y' ? 1 : -1) };
  const x = world.stand('x', { election: modest });
  await x.follows(1);
  const y = world.stand('y', { election: polite });
  await y.follows(2);
  await leader.candidacy.resign();
  await until(() => x.candidacy.isLeader() || y.candidacy.isLeader());
});

it('preempts: a leader hands over as soon as somebody better joins, and to nobody worse', async () => {
  await using world = new World(server);
  const election = { prefer, preempt: true };
  const a = world.stand('a', { data: 3, election });
  const first = await a.leads();
  const worse = world.stand('worse', { data: 1, election });
  await worse.follows(1);
  expect(a.candidacy.leadership).toBe(first);
  const better = world.stand('better', { data: 5, election });
  await better.leads();
  await a.follows();
  expect(hasLed(worse)).toBe(false);
});

it('evicts a leader, who learns of it at once and stands again at the back', async () => {
  await using world = new World(server);
  const [a, b] = await world.line(['a', 'b']);
  expect(await b.election.evict('a')).toMatchObject({ id: 'a', position: 1 });
  await a.waits('evicted');
  await b.leads();
  await a.follows(1);
});

it('evicts a follower: the one behind it takes its place, and it stands again when its turn would have come', async () => {
  await using world = new World(server);
  const [a, b, c] = await world.line(['a', 'b', 'c']);
  expect(await a.election.evict('b')).toMatchObject({ id: 'b' });
  await c.follows(1);
  await a.candidacy.resign();
  await c.leads();
  await b.follows(1);
});

it('evicts one that is just claiming, and it leads only from a place of its own', async () => {
  await using world = new World(server);
  const [a] = await world.line(['a']);
  const via = await world.proxy();
  const b = world.stand('b', { via });
  await b.follows(1);
  const claim = catchRequest(via, opcode.multi);
  const resignation = a.candidacy.resign();
  const { pass } = await claim;
  await resignation;
  const [name] = await world.children();
  await world.remove(name!);
  pass();
  await b.leads();
  expect(await world.children()).not.toContain(name);
});
