import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { startProxy, type Proxy as TcpProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, failure, freshPath, join, WITHIN_MS } from './support.js';

const brief = { sessionTimeoutMs: 1000, heartbeatMs: 200, silenceMs: 500, retryMaxMs: 50 };

describe('the end of a session', () => {
  let server: ZooKeeperServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  beforeEach(async () => {
    proxy = await startProxy(server.connect);
  });
  afterEach(() => proxy[Symbol.asyncDispose]());
  afterAll(() => server[Symbol.asyncDispose]());

  it('fact 2: with no server to tell, the session is given up after three timeouts; a new one comes when a server does', async () => {
    await using client = join({ servers: proxy.connect, ...brief });
    const session = await client.session();
    using states = seen(session.connection$);
    await proxy.down();
    const lost = performance.now();
    await client.sessions.next((value) => value === undefined && client.sessions.values.length > 2, WITHIN_MS);
    expect(performance.now() - lost).toBeGreaterThan(3 * brief.sessionTimeoutMs - 50);
    expect(states.values).toEqual(['connected', 'suspended']);
    expect(states.completed).toBe(true);
    await proxy.up();
    const next = await client.session();
    expect(next.id).not.toBe(session.id);
  });

  it('rule 1: a session that expired while we were cut off is followed by a new one, and by none of its requests', async () => {
    await using client = join({ servers: proxy.connect, ...brief, sessionTimeoutMs: 1000 });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    const seat = await ask(session.create(`${path}/seat-`, data(''), 'ephemeral-sequential'));
    await proxy.down();
    const left = failure(session.create(`${path}/late`, data('')));
    await until(async () => (await server.ephemerals()).length === 0, { within: WITHIN_MS });
    await proxy.up();
    const next = await client.session();
    expect(client.sessions.values).toEqual([undefined, session, undefined, next]);
    expect(await left).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await failure(session.get(path))).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await failure(next.get(seat))).toMatchObject({ storeCode: 'NO_NODE' });
    expect(await ask(next.children(path))).toEqual([]);
  });

  it('rule 1: a watch of a session that ended never says that its path is gone', async () => {
    await using client = join({ servers: proxy.connect, ...brief });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    using idle = seen(session.watch(path));
    await idle.next();
    await proxy.down();
    using asking = seen(session.watch(path));
    await client.sessions.next((value) => value === undefined && client.sessions.values.length > 2, WITHIN_MS);
    await until(() => asking.error);
    expect(asking.error).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(idle.completed && idle.error === undefined).toBe(false);
  });

  it('rule 1: a server that says in an answer that the session has expired ends it at once', async () => {
    await using client = join({ servers: proxy.connect, ...brief, sessionTimeoutMs: 2000 });
    const session = await client.session();
    const stop = proxy.onReply((frame, pass) => {
      frame.bytes.writeInt32BE(-112, 16);
      pass();
    });
    using connection = seen(session.connection$);
    const answer = failure(session.multi([{ op: 'check', path: '/' }]));
    const next = client.session();
    await answer;
    stop();
    expect(await answer).toMatchObject({ code: 'SESSION_EXPIRED' });
    expect((await next).id).not.toBe(session.id);
    expect(connection.completed).toBe(true);
  });

  it('rule 4: servers that come back in time still have the session, its place, and the changes that were missed', async () => {
    await using client = join({ servers: server.connect, ...brief, sessionTimeoutMs: 10_000, connectTimeoutMs: 500 });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    const seat = await ask(session.create(`${path}/seat-`, data(''), 'ephemeral-sequential'));
    using watching = seen(session.watch(seat));
    await watching.next();
    await server.kill();
    await server.start();
    await client.resumed();
    expect(client.sessions.values).toEqual([undefined, session]);
    expect(await ask(session.get(seat))).toMatchObject({ owner: session.id });
    await ask(session.remove(seat));
    await until(() => watching.completed);
  });

  it('2.2: an ensemble that was rebuilt empty refuses the session without a word; after the deadline there is a new one', async () => {
    await using client = join({ servers: server.connect, ...brief });
    const session = await client.session();
    const path = freshPath();
    for (let write = 0; write < 30; write++) await ask(session.create(`${path}-${write}`, data('')));
    await server.stop();
    await server.wipe();
    await server.start();
    const next = await client.session();
    expect(next.id).not.toBe(session.id);
    expect(await failure(next.get(`${path}-0`))).toMatchObject({ storeCode: 'NO_NODE' });
  });
});
