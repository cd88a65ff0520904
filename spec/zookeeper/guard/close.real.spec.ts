import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient } from '../../../lib/zookeeper/client.js';
import { resolveOptions } from '../../../lib/zookeeper/options.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { startProxy, type Proxy as TcpProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, failure, freshPath, type Joined, join, quick, WITHIN_MS } from './support.js';

/** How to get into the state in which we close; the leak check at the end of the file sees what stays behind. */
const states: Record<string, (client: Joined, proxy: TcpProxy) => unknown> = {
  'in the turn in which it was opened': () => undefined,
  connected: (client) => client.session(),
  'suspended, in the wait between two attempts': async (client, proxy) => {
    await client.session();
    await proxy.down();
    await client.connection.next((state) => state === 'suspended');
  },
  'suspended, in the handshake': async (client, proxy) => {
    await client.session();
    const connections = proxy.connections;
    proxy.cut();
    proxy.silent();
    await until(() => proxy.connections > connections);
  },
  'black-holed': async (client, proxy) => {
    await client.session();
    proxy.hold();
  },
  'black-holed, with requests pending': async (client, proxy) => {
    const session = await client.session();
    proxy.hold();
    for (let request = 0; request < 50; request++) void failure(session.set('/', new Uint8Array(50_000)));
  },
  'in the wait before the first connection': async (_client, proxy) => {
    proxy.refuse();
    await until(() => proxy.connections > 0 && proxy.open === 0);
  },
  'in the first handshake': async (_client, proxy) => {
    proxy.silent();
    await until(() => proxy.connections > 0, { within: 500 }).catch(() => undefined);
  },
};

describe('closing', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(Object.keys(states))('rule 10: is done in bounded time, and only once, when %s', async (state) => {
    await using proxy = await startProxy(server.connect);
    const long = { retryMinMs: 300_000, retryMaxMs: 600_000 }; // A wait left behind would still be there in the end.
    await using client = join({ servers: proxy.connect, ...quick, ...(state.includes('wait') && long) });
    await states[state]?.(client, proxy);
    await until(() => Promise.all([client.wire.close(), client.wire.close()]), { within: WITHIN_MS });
    expect(client.connection.last).toBe('closed');
    expect(client.sessions.completed).toBe(true);
    proxy.forward();
    const made = proxy.connections;
    await until(() => proxy.open === 0);
    expect(proxy.connections).toBe(made);
    expect(await failure(client.wire.session$)).toMatchObject({ code: 'CLOSED' });
  });

  it('rule 10: a connected session ends at the server with everything it held, before close() is done', async () => {
    await using client = join({ servers: server.connect, ...quick });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    const seat = await ask(session.create(`${path}/seat-`, data(''), 'ephemeral-sequential'));
    expect(await server.ephemerals()).toContain(seat);
    await client.wire.close();
    expect(await server.ephemerals()).not.toContain(seat);
  });

  it('rule 7: closing does not make our own watches say that our own znodes are gone', async () => {
    await using client = join({ servers: server.connect, ...quick });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    const seat = await ask(session.create(`${path}/seat-`, data(''), 'ephemeral-sequential'));
    using watching = seen(session.watch(seat));
    await watching.next();
    await client.wire.close();
    expect(watching.completed).toBe(false);
  });

  it.each(['reset', 'close'] as const)(
    'rule 10: a wire that breaks (%s) while the goodbye is on its way ends the wait',
    async (how) => {
      await using proxy = await startProxy(server.connect);
      await using client = join({ servers: proxy.connect, ...quick, sessionTimeoutMs: 60_000, silenceMs: 30_000 });
      await client.session();
      proxy.hold();
      const closed = client.wire.close().then(() => 'closed');
      proxy.cut(how);
      expect(await closed).toBe('closed');
    },
  );

  it('2.6: a client closed twice waits twice for the one goodbye', async () => {
    const client = openClient(resolveOptions({ servers: server.connect, ...quick }), () => performance.now());
    await until(() => client.state.kind === 'connected');
    const sessions = (await server.sessions()).length;
    await Promise.all([client.close(5000), client.close(5000)]);
    expect(await server.sessions()).toHaveLength(sessions - 1);
    expect(client.state).toMatchObject({ kind: 'ended', why: 'closed' });
  });

  it('rule 1: nothing revives a closed client', async () => {
    await using proxy = await startProxy(server.connect);
    const client = openClient(resolveOptions({ servers: proxy.connect, ...quick }), () => performance.now());
    await until(() => client.state.kind === 'connected');
    await client.close(5000);
    client.redial();
    proxy.cut();
    expect(await failure(client.submit('read', '/', () => undefined))).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(client.state).toMatchObject({ kind: 'ended' });
    expect(proxy.connections).toBe(1);
  });
});
