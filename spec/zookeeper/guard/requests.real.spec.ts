import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { firstValueFrom, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_REQUEST_BYTES, roomFor } from '../../../lib/zookeeper/requests.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { startProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, failure, freshPath, join, quick, WITHIN_MS } from './support.js';

/** Tells of every write that a socket hands to the system. */
function countWrites(socket: Socket, tell: () => void): void {
  const { _write, _writev } = socket;
  socket._write = function (...chunk) {
    tell();
    _write.apply(this, chunk);
  };
  socket._writev = function (...chunks) {
    tell();
    _writev?.apply(this, chunks);
  };
}

describe('a request', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('fact 5: a request without a connection fails at once and is never sent later', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    const path = freshPath();
    await proxy.down();
    await client.connection.next((state) => state === 'suspended');
    using late = seen(session.create(path, data('late')));
    expect(late.error).toMatchObject({ code: 'CONNECTION_LOST' });
    await proxy.up();
    await client.connection.next((state) => state === 'connected', WITHIN_MS);
    expect(await failure(session.get(path))).toMatchObject({ storeCode: 'NO_NODE' });
  });

  it('fact 5: whatever is pending fails when the wire breaks, after the state has changed', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    proxy.hold();
    const states: unknown[] = [];
    const pending = Array.from({ length: 20 }, () =>
      failure(session.get('/')).then((error) => {
        states.push(client.connection.last);
        return error;
      }),
    );
    proxy.cut('reset');
    const errors = await Promise.all(pending);
    expect(errors.every((error) => (error as { code: string }).code === 'CONNECTION_LOST')).toBe(true);
    expect(new Set(states)).toEqual(new Set(['suspended']));
    proxy.forward();
    await client.connection.next((state) => state === 'suspended');
    await client.connection.next((state) => state === 'connected', WITHIN_MS);
  });

  it('fact 5: a delete that the wire has swallowed is not sent again by itself', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    const path = await firstValueFrom(session.create(freshPath(), data('')));
    proxy.drop('toServer');
    const lost = failure(session.remove(path));
    proxy.cut('reset');
    expect(await lost).toMatchObject({ code: 'CONNECTION_LOST' });
    proxy.forward();
    await client.connection.next((state) => state === 'connected', WITHIN_MS);
    const pastItsPause = performance.now() + 1_200;
    await until(() => performance.now() > pastItsPause);
    await firstValueFrom(session.get(path));
  });

  it('rule 5: a request that cannot be sent at all fails, and is not taken for one that is owed an answer', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick, heartbeatMs: 5000, silenceMs: 400 });
    const session = await client.session();
    expect(await failure(session.get('no/slash'))).toBeInstanceOf(Error);
    const until1s = performance.now() + 1000;
    await until(() => performance.now() > until1s);
    expect(proxy.connections).toBe(1);
  });

  it('4: what is asked for in one turn of the event loop leaves in one write', async () => {
    let writes = 0;
    const count = (message: unknown) => countWrites((message as { socket: Socket }).socket, () => writes++);
    subscribe('net.client.socket', count);
    await using client = join({ servers: server.connect, ...quick, heartbeatMs: 5000 });
    const session = await client.session();
    unsubscribe('net.client.socket', count);
    const path = freshPath();
    await ask(session.create(path, data('')));
    writes = 0;
    const check = { op: 'check', path } as const;
    await Promise.all([ask(session.get(path)), ask(session.children(path)), ask(session.multi([check]))]);
    expect(writes).toBe(1);
  });

  it('4: requests beyond what the socket takes at once are all sent, and answered in order', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...quick, silenceMs: 2000 });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('')));
    const done: number[] = [];
    const writes = Array.from({ length: 60 }, (_, version) =>
      ask(session.set(path, new Uint8Array(50_000), version)).then(() => done.push(version)),
    );
    await Promise.all(writes);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(await ask(session.get(path))).toMatchObject({ version: 60 });
  });

  it('#100: no request has the number 0, and every connection counts from 1', async () => {
    await using proxy = await startProxy(server.connect);
    const xids: number[] = [];
    proxy.onRequest((frame, pass) => {
      if (frame.xid >= 0) xids.push(frame.xid);
      pass();
    });
    await using client = join({ servers: proxy.connect, ...quick });
    const session = await client.session();
    await ask(session.get('/'));
    await ask(session.get('/'));
    proxy.cut();
    await client.resumed();
    await ask(session.get('/'));
    expect(Math.min(...xids)).toBe(1);
    expect(xids.filter((xid) => xid === 1)).toHaveLength(2);
  });

  describe('too large for the server', () => {
    const openTo = (bytes: number) => [
      { perms: 31, scheme: 'world', id: 'anyone' },
      { perms: 31, scheme: 'digest', id: `${'u'.repeat(bytes)}:hash` },
    ];

    it.each([
      ['create', 'any ACL', undefined],
      ['create', 'a long ACL', openTo(2000)],
      ['set', 'any ACL', undefined],
    ] as const)(
      '1: of %s with %s is refused before it is sent, and the largest that fits is accepted',
      async (how, _, acl) => {
        await using proxy = await startProxy(server.connect);
        await using client = join({ servers: proxy.connect, ...quick, silenceMs: 1500, ...(acl && { acl }) });
        const session = await client.session();
        const path = freshPath();
        if (how === 'set') await ask(session.create(path, data('')));
        const attempt = (bytes: number): Observable<unknown> =>
          how === 'set' ? session.set(path, new Uint8Array(bytes)) : session.create(path, new Uint8Array(bytes));
        const room = roomFor(path, acl);
        proxy.reset();
        expect(await failure(attempt(room + 1))).toMatchObject({
          code: 'DATA_TOO_LARGE',
          limit: room,
          retriable: false,
        });
        expect(proxy.bytes.toServer).toBeLessThan(1000);
        await ask(attempt(room));
        expect((await ask(session.get(path))).data).toHaveLength(room);
        expect(proxy.connections).toBe(0);
      },
    );

    it('1: of a transaction counts all its operations', async () => {
      await using proxy = await startProxy(server.connect);
      await using client = join({ servers: proxy.connect, ...quick, silenceMs: 1500 });
      const session = await client.session();
      const half = new Uint8Array(MAX_REQUEST_BYTES / 2);
      const ops = [freshPath(), freshPath()].map((path) => ({ op: 'create', path, data: half }) as const);
      expect(await failure(session.multi(ops))).toMatchObject({ code: 'DATA_TOO_LARGE' });
      const fitting = ops.map((op) => ({ ...op, data: half.subarray(1000) }));
      expect(await ask(session.multi(fitting))).toHaveLength(2);
      expect(proxy.connections).toBe(1);
    });
  });
});
