import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../lib/zookeeper/session.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { BareClient } from '../../support/bare-client.js';
import { startProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, failure, freshPath, join, quick, WITHIN_MS } from './support.js';

const alice = { scheme: 'digest', credentials: 'alice:secret' };
const ours = [{ perms: 31, scheme: 'auth', id: '' }];
const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

describe('who we are and where', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('1: credentials are there before the first request of a session, and of every connection after it', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick, auth: alice, acl: ours });
    const path = freshPath();
    const answers: unknown[] = [];
    const listening = client.wire.session$.subscribe((session) => {
      if (!session) return;
      session.create(path, data('')).subscribe((created) => answers.push(created));
      const reading = session.connection$.subscribe((state) => {
        if (state === 'connected') session.get(path).subscribe((znode) => answers.push(znode.path));
      });
      listening.add(reading);
    });
    await until(() => answers.length === 2, { within: WITHIN_MS });
    proxy.cut('reset');
    await until(() => answers.length === 3, { within: WITHIN_MS });
    expect(answers).toEqual([path, path, path]);
    listening.unsubscribe();
  });

  it('1: the ACL is given to what we create, and read back', async () => {
    const acl = [
      { perms: 31, scheme: 'ip', id: '127.0.0.1' },
      { perms: 1, scheme: 'world', id: 'anyone' },
    ];
    await using client = join({ servers: server.connect, ...quick, acl });
    const session = await client.session();
    const [one, two] = [freshPath(), freshPath()];
    await ask(session.create(one, data('')));
    await ask(session.multi([{ op: 'create', path: two, data: data('') }]));
    for (const path of [one, two]) expect(await ask(session.acl(path))).toEqual(acl);
  });

  it('1: somebody else is denied by a typed error that names operation and path', async () => {
    await using owner = join({ servers: server.connect, ...quick, auth: alice, acl: ours });
    await using stranger = join({ servers: server.connect, ...quick, auth: { ...alice, credentials: 'bob:secret' } });
    const path = freshPath();
    await ask((await owner.session()).create(path, data('')));
    const session: Session = await stranger.session();
    const denied = { code: 'ACCESS_DENIED', path, retriable: false };
    expect(await failure(session.get(path))).toMatchObject({ ...denied, operation: 'read' });
    expect(await failure(session.set(path, data('')))).toMatchObject({ ...denied, operation: 'write' });
    expect(await failure(session.multi([{ op: 'set', path, data: data('') }]))).toMatchObject(denied);
  });

  it('1: an ACL that needs credentials without having them is denied, not retried', async () => {
    await using client = join({ servers: server.connect, ...quick, acl: ours });
    const path = freshPath();
    const session = await client.session();
    expect(await failure(session.create(path, data('')))).toMatchObject({ code: 'ACCESS_DENIED', retriable: false });
  });

  it('rule 1: credentials that the server refuses end everything with a typed error', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick, auth: { scheme: 'nonsense', credentials: 'x' } });
    await until(() => client.sessions.error, { within: WITHIN_MS });
    expect(client.sessions.error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false });
    await until(() => proxy.open === 0);
  });

  it('1: with a chroot all paths are relative to it: requests, watches, transactions, over reconnects', async () => {
    const root = freshPath('root');
    using witness = await BareClient.connect(server.connect);
    await witness.create(root, '');
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: ` ${proxy.connect} ${root}/ `, ...quick });
    const session = await client.session();
    using children = seen(session.watchChildren('/'));
    await children.next();
    expect(await ask(session.create('/seat-', data(''), 'ephemeral-sequential'))).toBe('/seat-0000000000');
    await children.next((names) => names.length === 1);
    using watching = seen(session.watch('/seat-0000000000'));
    await watching.next();
    await proxy.down();
    await client.connection.next((state) => state === 'suspended');
    await witness.setData(`${root}/seat-0000000000`, 'meanwhile');
    await proxy.up();
    await watching.next(({ version }) => version === 1, WITHIN_MS);
    expect(await ask(session.multi([{ op: 'create', path: '/two', data: data('') }]))).toMatchObject([
      { path: '/two' },
    ]);
    expect(await witness.getData(`${root}/two`)).toMatchObject({ error: 0 });
  });

  it('1: without the chroot’s znode the session lives, and requests say NO_NODE', async () => {
    await using client = join({ servers: `${server.connect}/absent`, ...quick, heartbeatMs: 50 });
    const session = await client.session();
    for (let look = 0; look < 10; look++)
      expect(await failure(session.create('/child', data('')))).toMatchObject({ storeCode: 'NO_NODE' });
    expect(client.connection.values).not.toContain('suspended');
  });

  it.runIf(hasIPv6)('1: an IPv6 literal in brackets is connected to', async () => {
    const sockets = new Set<Socket>();
    const forwarder = createServer((inner) => {
      const outer = connect(server.port, '127.0.0.1');
      inner.pipe(outer).pipe(inner);
      for (const socket of [inner, outer]) sockets.add(socket.on('error', () => undefined));
    });
    await once(forwarder.listen(0, '::1'), 'listening');
    const { port } = forwarder.address() as { port: number };
    await using client = join({ servers: ` [::1]:${port} `, ...quick });
    expect(await ask((await client.session()).get('/'))).toBeDefined();
    await client.wire.close();
    forwarder.close();
    for (const socket of sockets) socket.destroy();
  });
});
