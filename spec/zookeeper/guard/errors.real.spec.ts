import { concat, skip } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../lib/zookeeper/session.js';
import { itOnReal, startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { BareClient } from '../../support/bare-client.js';
import { startProxy, type Proxy as TcpProxy } from '../../support/proxy.js';
import { ask, data, failure, freshPath, type Joined, join, quick, WITHIN_MS } from './support.js';

describe('what the server answers', () => {
  let server: ZooKeeperServer;
  let proxy: TcpProxy;
  let client: Joined;
  let session: Session;
  beforeAll(async () => {
    server = await startZooKeeper({ config: { enforceQuota: 'true' } });
    proxy = await startProxy(server.connect);
    client = join({ servers: proxy.connect, ...quick });
    session = await client.session();
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Gives the next reply this code instead of its own. */
  function answerWith(code: number): void {
    const stop = proxy.onReply((frame, pass) => {
      if (frame.xid > 0) {
        frame.bytes.writeInt32BE(code, 16);
        stop();
      }
      pass();
    });
  }

  it('fact 7: version 0 in a transaction means version 0, for check, set and remove', async () => {
    const path = freshPath();
    await ask(session.create(path, data('')));
    const zero = { path, version: 0 };
    expect(await ask(session.multi([{ op: 'check', ...zero }]))).toHaveLength(1);
    await ask(session.set(path, data('now at version 1')));
    for (const op of [
      { op: 'check', ...zero },
      { op: 'set', ...zero, data: data('') },
      { op: 'remove', ...zero },
    ] as const)
      expect(await failure(session.multi([op]))).toMatchObject({ storeCode: 'BAD_VERSION', index: 0 });
    expect(await failure(session.set(path, data(''), 0))).toMatchObject({ storeCode: 'BAD_VERSION' });
    expect(await ask(session.get(path))).toMatchObject({ version: 1 });
  });

  it('6: a failed transaction names the operation that failed, and does nothing', async () => {
    const path = freshPath();
    const created = { op: 'create', path, data: data('') } as const;
    const absent = freshPath('absent');
    const failed = await failure(session.multi([created, { op: 'check', path: absent }, created]));
    expect(failed).toMatchObject({ storeCode: 'NO_NODE', index: 1, path: absent, retriable: false });
    expect(await failure(session.get(path))).toMatchObject({ storeCode: 'NO_NODE' });
  });

  it('6: a transaction tells what became of each operation, with zxids as bigint', async () => {
    const path = freshPath();
    const results = await ask(
      session.multi([
        { op: 'create', path, data: data('a') },
        { op: 'set', path, data: data('b'), version: 0 },
        { op: 'check', path, version: 1 },
      ]),
    );
    const znode = await ask(session.get(path));
    expect(results).toMatchObject([{ path }, { mzxid: znode.mzxid, version: 1 }, {}]);
    expect(znode).toMatchObject({ czxid: znode.mzxid, owner: 0n, version: 1 });
  });

  itOnReal(
    'it has no quotas',
    'fact 9: a code that the library does not know is an error of the request, not the end of the process',
    async () => {
      const path = freshPath('limited');
      using operator = await BareClient.connect(server.connect);
      await operator.create(path, '');
      await operator.create(`/zookeeper/quota${path}`, '');
      const none = 'count=-1,bytes=-1';
      await operator.create(`/zookeeper/quota${path}/zookeeper_limits`, `${none}=;byteHardLimit=-1;countHardLimit=2`);
      await operator.create(`/zookeeper/quota${path}/zookeeper_stats`, 'count=1,bytes=0');
      await ask(session.create(`${path}/one`, data('')));
      const connections = proxy.connections;
      const refused = await failure(session.create(`${path}/two`, data('')));
      expect(refused).toMatchObject({ storeCode: 'QUOTA_EXCEEDED', retriable: true });
      expect(await ask(session.children(path))).toEqual(['one']);
      expect(proxy.connections).toBe(connections);
    },
  );

  it.each([
    [-127, { storeCode: 'THROTTLED_OP', retriable: true }],
    [-119, { storeCode: 'NOT_READ_ONLY', retriable: true }],
    [-4711, { storeCode: 'CODE_-4711', retriable: false }],
  ])('fact 9: code %i of a request and of a transaction is a typed error', async (code, expected) => {
    const connections = proxy.connections;
    answerWith(code);
    expect(await failure(session.get('/'))).toMatchObject(expected);
    answerWith(code);
    expect(await failure(session.multi([{ op: 'check', path: '/' }]))).toMatchObject(expected);
    expect(await ask(session.get('/'))).toBeDefined();
    expect(proxy.connections).toBe(connections);
  });

  it('fact 9: a session that has moved to another connection is looked for with a new connection', async () => {
    answerWith(-118);
    expect(await failure(session.get('/'))).toMatchObject({ code: 'CONNECTION_LOST' });
    await client.connection.next((state) => state === 'suspended');
    await client.connection.next((state) => state === 'connected', WITHIN_MS);
    expect(await ask(session.get('/'))).toBeDefined();
    expect(client.sessions.last).toBe(session);
  });

  it.each([
    ['NO_NODE', (path: string) => session.create(`${path}/deep/er`, data(''))],
    ['NODE_EXISTS', (path: string) => session.create(path, data(''))],
    ['BAD_VERSION', (path: string) => session.set(path, data(''), 7)],
    [
      'NOT_EMPTY',
      (path: string) => concat(session.create(`${path}/child`, data('')), session.remove(path)).pipe(skip(1)),
    ],
  ])('1: %s is told as such', async (storeCode, request) => {
    const path = freshPath();
    await ask(session.create(path, data('')));
    expect(await failure(request(path))).toMatchObject({ code: 'STORE_REFUSED', storeCode, retriable: false });
  });
});
