import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { freePort } from '../../support/ports.js';
import { opcode, startProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, freshPath, join, quick, WITHIN_MS } from './support.js';

const AUTH = 100;
const SET_WATCHES = 101;
/** Where the first frame of a connection says the session timeout. */
const TIMEOUT_AT = 16;

describe('making a connection', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('fact 3: a server that accepts and says nothing is left again and again, until one answers', async () => {
    await using proxy = await startProxy(server.connect);
    proxy.silent();
    await using client = join({ servers: proxy.connect, ...quick, connectTimeoutMs: 100, retryMaxMs: 50 });
    await until(() => proxy.connections >= 3, { within: WITHIN_MS });
    expect(proxy.open).toBeLessThanOrEqual(1);
    proxy.forward();
    expect(await client.session()).toBeDefined();
  });

  it('fact 3: behind a server that says nothing the next one is tried while the session lives', async () => {
    await using healthy = await startProxy(server.connect);
    await using mute = await startProxy(server.connect);
    mute.silent();
    await using client = join({ servers: `${mute.connect},${healthy.connect}`, ...quick });
    const session = await client.session();
    await healthy.down();
    const tried = mute.connections;
    await until(() => mute.connections > tried, { within: WITHIN_MS });
    await healthy.up();
    await client.resumed();
    expect(client.sessions.last).toBe(session);
  });

  it('fact 3: a server of another kind is left, and nothing is thrown', async () => {
    const port = await freePort();
    const sockets = new Set<Socket>();
    const web = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    web.on('connection', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    await once(web.listen(port, '127.0.0.1'), 'listening');
    await using client = join({ servers: `127.0.0.1:${port},${server.connect}`, ...quick });
    expect(await client.session()).toBeDefined();
    web.close();
    for (const socket of sockets) socket.destroy();
  });

  it('rule 3: the deadline of an attempt that failed does not end the connection after it', async () => {
    await using proxy = await startProxy(server.connect);
    proxy.refuse();
    await using client = join({ servers: proxy.connect, ...quick, connectTimeoutMs: 150, retryMaxMs: 20 });
    await until(() => proxy.connections >= 5, { within: WITHIN_MS });
    proxy.forward();
    const session = await client.session();
    const made = proxy.connections;
    let answers = 0;
    await until(async () => (await ask(session.get('/'))) && ++answers > 10, { every: 50 });
    expect(proxy.connections).toBe(made);
  });

  it('2.4: credentials are presented once per connection, before what is watched is read again, however many attempts failed', async () => {
    await using proxy = await startProxy(server.connect);
    const auth = { scheme: 'digest', credentials: 'somebody:secret' };
    await using client = join({ servers: proxy.connect, ...quick, auth, retryMaxMs: 20 });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    using watching = seen(session.watch(path));
    await watching.next();
    proxy.refuse();
    proxy.reset();
    await until(() => proxy.connections >= 10, { within: WITHIN_MS });
    const sent: number[] = [];
    proxy.onRequest((frame, pass) => {
      if (!frame.handshake) sent.push(frame.opcode);
      pass();
    });
    proxy.forward();
    await client.resumed();
    await ask(session.set(path, data('changed')));
    await watching.next(({ version }) => version === 1);
    expect(sent.slice(0, 2)).toEqual([AUTH, opcode.getData]);
    expect(sent.filter((one) => one === AUTH || one === SET_WATCHES)).toEqual([AUTH]);
  });

  it('back-off: the servers are tried in turn without a pause, and a wait comes after all of them', async () => {
    const tried: number[] = [];
    const ours = quick.sessionTimeoutMs + 7;
    const refuse = async () => {
      const server = createServer((socket) => {
        socket.once('data', (hello) => {
          if (hello.readInt32BE(TIMEOUT_AT) === ours) tried.push(performance.now()); // A port may have callers from before.
          socket.destroy();
        });
      });
      await once(server.listen(await freePort(), '127.0.0.1'), 'listening');
      return server;
    };
    const servers = await Promise.all([refuse(), refuse(), refuse()]);
    const connect = servers.map((one) => `127.0.0.1:${(one.address() as AddressInfo).port}`).join();
    await using client = join({ servers: connect, ...quick, sessionTimeoutMs: ours, retryMinMs: 400, retryMaxMs: 400 });
    await until(() => tried.length >= 15, { within: WITHIN_MS });
    await client.wire.close();
    for (const one of servers) one.close();
    const waited = (afterRound: boolean) =>
      tried.slice(1, 15).reduce((sum, at, i) => sum + (((i + 1) % 3 === 0) === afterRound ? at - tried[i]! : 0), 0);
    expect(waited(true)).toBeGreaterThan(waited(false));
  });

  it('back-off: a server that grants sessions and answers nothing is not stormed', async () => {
    await using proxy = await startProxy(server.connect);
    proxy.onReply((frame, pass) => {
      pass();
      if (frame.handshake) setImmediate(() => frame.link.destroy());
    });
    await using _client = join({ servers: proxy.connect, ...quick, retryMinMs: 200, retryMaxMs: 10_000 });
    const started = performance.now();
    await until(() => proxy.connections >= 4, { within: WITHIN_MS });
    expect(performance.now() - started).toBeGreaterThan(50);
  });
});
