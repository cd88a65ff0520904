import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itOnReal, startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { BareClient } from '../../support/bare-client.js';
import { startProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, failure, freshPath, join, quick, WITHIN_MS } from './support.js';

describe('a dead connection', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('fact 1: a black-holed connection is noticed within the heartbeat and the silence deadline, and the session is kept', async () => {
    await using one = await startProxy(server.connect);
    await using two = await startProxy(server.connect);
    await using client = join({ servers: `${one.connect},${two.connect}`, ...quick });
    const session = await client.session();
    const used = one.open > 0 ? one : two;
    used.hold();
    await client.resumed();
    expect((used === one ? two : one).open).toBe(1);
    expect(await ask(session.get('/'))).toMatchObject({ path: '/' });
    expect(client.sessions.values).toEqual([undefined, session]);
  });

  it.each(['toClient', 'toServer'] as const)(
    'fact 1: a wire that loses everything %s is noticed',
    async (direction) => {
      await using proxy = await startProxy(server.connect);
      await using client = join({ servers: proxy.connect, ...quick });
      const session = await client.session();
      proxy.drop(direction);
      await client.connection.next((state) => state === 'suspended', WITHIN_MS);
      proxy.forward();
      await client.connection.next((state) => state === 'connected', WITHIN_MS);
      expect(client.sessions.last).toBe(session);
    },
  );

  it('fact 1: what the server says unasked is no sign of life', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    using witness = await BareClient.connect(server.connect);
    const paths = Array.from({ length: 100 }, () => freshPath());
    for (const path of paths) {
      await witness.create(path, '');
      using armed = seen(session.watch(path));
      await armed.next();
    }
    proxy.onReply((frame, pass) => frame.handshake || frame.xid !== -1 || pass());
    const notify = async () => {
      await witness.setData(paths.pop() ?? '/', 'changed');
      return client.connection.last === 'suspended';
    };
    await until(notify, { every: 50, describe: 'the suspension, while there is still something to tell' });
    expect(paths.length).toBeGreaterThan(0);
  });

  it('rule 5: a request on a dead wire fails at its deadline, and its outcome is unknown', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    proxy.hold();
    expect(await failure(session.get('/'))).toMatchObject({ code: 'CONNECTION_LOST', retriable: true });
    expect(client.connection.last).toBe('suspended');
    proxy.forward();
    await client.connection.next((state) => state === 'suspended');
    await client.connection.next((state) => state === 'connected', WITHIN_MS);
  });

  it('rule 5: an answer that nobody waits for any more is still owed', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    proxy.hold();
    const askAndLeave = () => {
      session
        .get('/')
        .subscribe({ error: () => undefined })
        .unsubscribe();
      return client.connection.last === 'suspended';
    };
    await until(askAndLeave, { every: 20, within: WITHIN_MS });
  });

  it('fact 8: a client that only receives keeps its session', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, sessionTimeoutMs: 2000 });
    const session = await client.session();
    using witness = await BareClient.connect(server.connect);
    const paths = Array.from({ length: 60 }, () => freshPath());
    for (const path of paths) {
      await witness.create(path, '');
      using armed = seen(session.watch(path));
      await armed.next();
    }
    const notify = async () => {
      await witness.setData(paths.pop()!, 'changed');
      return paths.length === 0;
    };
    await until(notify, { every: 60, within: WITHIN_MS });
    expect(client.sessions.values).toEqual([undefined, session]);
    expect(await ask(session.get('/'))).toBeDefined();
  });

  itOnReal(
    'it would be paused with us',
    'rule 3: a process that was paused reads what has arrived before it calls the server silent',
    async () => {
      await using client = join({ servers: server.connect, ...quick, silenceMs: 600 });
      const session = await client.session();
      for (let pause = 0; pause < 3; pause++) {
        const answer = ask(session.get('/'));
        await new Promise(setImmediate); // The request is on its way.
        const awake = performance.now() + 900;
        while (performance.now() < awake);
        expect(await answer).toBeDefined();
      }
      expect(client.connection.values).not.toContain('suspended');
    },
  );
});
