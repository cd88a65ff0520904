import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../../lib/errors.js';
import { zookeeper } from '../../../lib/zookeeper/index.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { countRequests, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('traps of the API', () => {
  it('D30: closing tells every listener that leadership is over, after the work was told', async () => {
    await using world = new World(server);
    const [a] = await world.line(['a']);
    const told: string[] = [];
    a.candidacy.lead(({ signal }) => void signal.addEventListener('abort', () => told.push('abort')));
    a.candidacy.leadership$.subscribe({ next: ({ role }) => told.push(role), complete: () => told.push('complete') });
    await a.backend.close();
    expect(told).toEqual(['leader', 'abort', 'candidate', 'resigned', 'complete']);
  });

  it('D31: closing and resigning twice, in any order, are the same as once', async () => {
    await using world = new World(server);
    const [a] = await world.line(['a']);
    expect(await Promise.all([a.candidacy.resign(), a.candidacy.resign()])).toEqual(['released', 'released']);
    await Promise.all([a.backend.close(), a.backend.close()]);
    await a.backend.close();
    expect(await a.candidacy.resign()).toBe('released');
    expect(() => a.election.campaign({ id: 'late' })).toThrow('closed');
  });

  it('D32: work that never ends in one candidacy delays no other on the same session', async () => {
    await using world = new World(server);
    const [a] = await world.line(['a'], { election: { drainTimeoutMs: 200 } });
    a.candidacy.lead(() => new Promise(() => undefined));
    const b = world.stand('b', { with: a });
    await b.follows(1);
    const resignation = a.candidacy.resign();
    const other = world.stand('other', { with: a, name: `${world.name}-other` });
    await other.leads();
    expect(a.candidacy.leadership).toEqual({ role: 'candidate', why: 'resigning' });
    expect(await resignation).toBe('released');
    await b.leads();
  });

  it('D32: a listener may resign, stand and close from within', async () => {
    await using world = new World(server);
    const a = world.stand('a');
    a.candidacy.leadership$.subscribe(({ role }) => role === 'leader' && void a.candidacy.resign());
    await a.leads();
    await until(() => a.heard.completed);
    expect(a.heard.last).toEqual({ role: 'resigned', outcome: 'released' });
  });

  it('D33: resigning before having stood harms nothing that comes after', async () => {
    await using world = new World(server);
    const early = world.stand('early');
    expect(await early.candidacy.resign()).toBe('released');
    await world.stand('next', { with: early }).leads();
    expect(await world.children()).toHaveLength(1);
  });

  it('D34: participants are read once each: a newcomer costs one listing and one read', async () => {
    await using world = new World(server);
    await world.line(['a', 'b', 'c', 'd']);
    const via = await world.proxy();
    const watching = world.backend({ via, sessionTimeoutMs: 600_000 });
    const first = countRequests(via);
    using line = seen(watching.election(world.name).participants$);
    await line.next((all) => all.length === 4);
    expect(Object.fromEntries(first)).toEqual({ [opcode.getChildren2]: 1, [opcode.getData]: 5 });
    const then = countRequests(via);
    await world.stand('e').follows(4);
    await line.next((all) => all.map(({ id }) => id).join() === 'a,b,c,d,e');
    expect(Object.fromEntries(then)).toEqual({ [opcode.getChildren2]: 1, [opcode.getData]: 1 });
  });

  it('D35: two candidacies of one session are two places, and one never counts for the other', async () => {
    await using world = new World(server);
    const [a] = await world.line(['a']);
    const twin = world.stand('twin', { with: a });
    await twin.follows(1);
    expect(twin.candidacy.isLeader()).toBe(false);
    await a.candidacy.resign();
    await twin.leads();
    expect(await world.children()).toHaveLength(1);
  });

  it('D36: participants of one id are told apart by their place, and a blank id is refused', async () => {
    await using world = new World(server);
    const [first] = await world.line(['same', 'same']);
    using line = seen(first.election.participants$);
    const both = await line.next((all) => all.length === 2);
    expect(both.map(({ id }) => id)).toEqual(['same', 'same']);
    expect(new Set(both.map(({ name }) => name)).size).toBe(2);
    expect(both[1]?.waitsFor).toBe(both[0]?.name);
    expect(() => first.election.campaign({ id: '' })).toThrow(InvalidOptionError);
  });

  it('D37: a duration that a timer cannot hold is refused, and the largest that it can works', async () => {
    const servers = server.connect;
    expect(() => zookeeper({ servers, sessionTimeoutMs: 2 ** 31 })).toThrow(InvalidOptionError);
    expect(() => zookeeper({ servers, leaseMs: 2 ** 32 + 100 })).toThrow(InvalidOptionError);
    await using world = new World(server);
    await world.stand('a', { sessionTimeoutMs: 2 ** 31 - 1 }).leads();
  });

  it('D38: a life without faults logs neither a warning nor an error', async () => {
    await using world = new World(server);
    const logged: string[] = [];
    const log = (_: object, message: string) => void logged.push(message);
    const logger = { debug: () => undefined, info: () => undefined, warn: log, error: log };
    const [a, b] = await world.line(['a', 'b'], { logger });
    await a.candidacy.resign();
    await b.leads();
    await Promise.all([a.backend.close(), b.backend.close()]);
    expect(logged).toEqual([]);
  });

  it('D40: one whose work failed lets the other lead before it stands again', async () => {
    await using world = new World(server);
    const a = world.stand('sick', { election: { yieldMs: 300 } });
    const first = await a.leads();
    const b = world.stand('well');
    await b.follows(1);
    a.candidacy.lead(() => {
      throw new Error('cannot take over');
    });
    expect((await b.leads()).token).toBeGreaterThan(first.token);
    await a.waits('yielding');
    await a.follows(1);
    expect(b.candidacy.isLeader()).toBe(true);
  });
});
