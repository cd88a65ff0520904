import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode } from '../../support/proxy.js';
import { watchesOnMissing } from '../../support/tidy.js';
import { until } from '../../support/until.js';
import { countRequests, inSequence, type Standee, sequenceOf, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('leaks and storms', () => {
  it('C25: a hundred candidacies of one session that come and go leave no watch and no znode', async () => {
    await using world = new World(server);
    const [leader] = await world.line(['leader']);
    const before = await server.watches();
    for (let i = 0; i < 10; i++) {
      const some = Array.from({ length: 10 }, (_, n) => world.stand(`${i}-${n}`, { with: leader }));
      await Promise.all(some.map((one) => one.follows()));
      await Promise.all(some.map((one) => one.candidacy.resign()));
    }
    expect(await watchesOnMissing(server.connect)).toEqual([]);
    // Those whose predecessor stays leave one watch on it, all of them the same one.
    expect((await server.watches()) - before).toBeLessThanOrEqual(1);
    expect(await world.children()).toHaveLength(1);
  });

  it('C25: a follower that leaves before its predecessor, and observers that end, leave no watch on a missing path', async () => {
    await using world = new World(server);
    const [leader, , last] = await world.line(['a', 'b', 'c']);
    const observer = world.backend();
    const watching = observer.election(world.name).participants$.subscribe();
    const following = observer.election(world.name).leader$.subscribe();
    const nowhere = observer.election(`${world.name}-nowhere`).leader$.subscribe();
    await last.candidacy.resign();
    for (const subscription of [watching, following, nowhere]) subscription.unsubscribe();
    await leader.candidacy.resign();
    await until(async () => (await watchesOnMissing(server.connect)).length === 0);
  });

  it('C26: a resignation of what is gone already is done, and is not sent again', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const [, b] = await world.line(['a', 'b'], { via });
    await world.remove(inSequence(await world.children())[1]!);
    const sent = countRequests(via);
    expect(await b.candidacy.resign()).toBe('released');
    expect((sent.get(opcode.multi) ?? 0) + (sent.get(opcode.delete) ?? 0)).toBeLessThanOrEqual(2);
  });

  it('C26: a resignation while disconnected waits for the connection instead of storming it', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via, sessionTimeoutMs: 20_000, leaseMs: 300 });
    await a.leads();
    via.refuse();
    await a.waits('suspended');
    via.reset();
    const resignation = a.candidacy.resign();
    await until(() => via.connections >= 5);
    expect(a.candidacy.leadership.role).not.toBe('leader');
    via.forward();
    const sent = countRequests(via);
    expect(await resignation).toBe('released');
    expect(sent.get(opcode.multi)).toBeLessThanOrEqual(2);
  });

  it('C27: an election keeps its znode when everybody has left, so its numbers go on; its tokens rise even without', async () => {
    await using world = new World(server);
    const [a] = await world.line(['a']);
    const [first] = await world.children();
    const tokens = [a.candidacy.leadership.role === 'leader' && a.candidacy.leadership.token];
    await a.candidacy.resign();
    const b = world.stand('b');
    tokens.push((await b.leads()).token);
    expect(sequenceOf((await world.children())[0]!)).toBeGreaterThan(sequenceOf(first!));
    await b.candidacy.resign();
    await world.operator((client) => client.delete(world.path));
    tokens.push((await world.stand('c').leads()).token);
    expect(tokens.every((token, i) => i === 0 || token > tokens[i - 1]!)).toBe(true);
  });

  it('C28: a wire that flaps changes neither the leader nor the order of the line', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const [a] = await world.line(['a', 'b', 'c'], { via, sessionTimeoutMs: 30_000 });
    const before = inSequence(await world.children());
    const { leadership } = a.candidacy;
    for (let i = 0; i < 8; i++) {
      const connections = via.connections;
      via.cut('reset');
      await until(() => via.connections >= connections + 3 && via.open === 3);
    }
    await until(() => a.candidacy.isLeader());
    expect(inSequence(await world.children())).toEqual(before);
    expect(a.candidacy.leadership).toBe(leadership);
  });

  it('C29: a candidate lists the line once when it joins, and never at a hand-over', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    await world.line(['first']);
    const joined = countRequests(via);
    const line: Standee[] = [];
    for (const id of ['a', 'b', 'c', 'd']) {
      const one = world.stand(id, { via });
      await one.follows(line.length + 1);
      line.push(one);
    }
    expect(joined.get(opcode.getChildren2)).toBe(line.length);
    const handedOver = countRequests(via);
    await world.remove(inSequence(await world.children())[0]!);
    for (const one of line) {
      await one.leads();
      await one.candidacy.resign();
    }
    expect([
      handedOver.get(opcode.getChildren2),
      handedOver.get(opcode.getChildren),
      handedOver.get(opcode.create),
    ]).toEqual([undefined, undefined, undefined]);
  });

  it('C29: a hand-over costs its successor two reads and a claim, in one write', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const [a] = await world.line(['a']);
    const b = world.stand('b', { via, sessionTimeoutMs: 600_000 });
    await b.follows(1);
    const sent = countRequests(via);
    await a.candidacy.resign();
    await b.leads();
    expect(Object.fromEntries(sent)).toEqual({ [opcode.getData]: 2, [opcode.multi]: 1 });
  });
});
