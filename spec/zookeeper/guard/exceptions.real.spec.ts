import { config } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { BareClient } from '../../support/bare-client.js';
import { startProxy } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { ask, data, freshPath, join, quick, WITHIN_MS } from './support.js';

const raise = () => {
  throw new Error('a user’s mistake');
};

describe('an exception of ours or of a user', () => {
  let server: ZooKeeperServer;
  const reported: unknown[] = [];
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  beforeEach(() => {
    reported.length = 0;
    config.onUnhandledError = (error) => void reported.push(error);
  });
  afterEach(() => {
    config.onUnhandledError = null;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('fact 6: from whoever gets an answer, takes no other answer of the same chunk away', async () => {
    await using client = join({ servers: server.connect, ...quick });
    const session = await client.session();
    session.get('/').subscribe(raise);
    const others = Array.from({ length: 10 }, () => ask(session.get('/')));
    expect(await Promise.all(others)).toHaveLength(10);
    await until(() => reported.length === 1);
    expect(client.connection.last).toBe('connected');
  });

  it('fact 6: from whoever hears of a failed request, does not stop the others hearing, nor the reconnect', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    proxy.hold();
    const heard: unknown[] = [];
    session.get('/').subscribe({ error: raise });
    session.get('/').subscribe({ error: (error) => heard.push(error) });
    proxy.forward();
    proxy.cut();
    await client.resumed();
    expect(heard).toHaveLength(1);
    expect(await ask(session.get('/'))).toBeDefined();
  });

  it.each(['suspended', 'connected'])(
    'fact 6: from whoever hears "%s", stops neither reconnect nor heartbeat',
    async (when) => {
      await using proxy = await startProxy(server.connect);
      await using client = join({ servers: proxy.connect, ...quick });
      const session = await client.session();
      const listening = session.connection$.subscribe((state) => state === when && raise());
      proxy.cut();
      await client.resumed();
      const frames = proxy.frames.toServer;
      await until(() => proxy.frames.toServer > frames + 5, { within: WITHIN_MS });
      expect(await ask(session.get('/'))).toBeDefined();
      expect(reported).not.toEqual([]);
      listening.unsubscribe();
    },
  );

  it('fact 6: from whoever watches, takes no event from the others', async () => {
    await using client = join({ servers: server.connect, ...quick });
    const session = await client.session();
    using witness = await BareClient.connect(server.connect);
    const path = freshPath();
    await ask(session.create(path, data('')));
    const versions: number[] = [];
    const watching = [
      session.watch(path).subscribe(({ version }) => version > 0 && raise()),
      session.watch(path).subscribe(({ version }) => versions.push(version)),
    ];
    await until(() => versions.length > 0);
    for (const version of [1, 2, 3]) {
      await witness.setData(path, 'changed');
      await until(() => versions.includes(version));
    }
    for (const subscription of watching) subscription.unsubscribe();
  });

  it('rule 9: from a logger, reaches nothing', async () => {
    await using proxy = await startProxy(server.connect);
    const logger = { debug: raise, info: raise, warn: raise, error: raise };
    await using client = join({ servers: proxy.connect, ...quick, logger });
    const session = await client.session();
    proxy.refuse();
    await client.connection.next((state) => state === 'suspended');
    proxy.forward();
    await client.connection.next((state) => state === 'connected', WITHIN_MS);
    expect(client.sessions.last).toBe(session);
    expect(reported).toEqual([]);
  });
});
