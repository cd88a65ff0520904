import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode, startProxy } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { ask, data, failure, freshPath, join, quick } from './support.js';

/** No heartbeat may eat the bytes that a reply is cut after. */
const still = { ...quick, heartbeatMs: 5000 };

describe('a broken reply', () => {
  let server: ZooKeeperServer;
  const parent = freshPath('children');
  beforeAll(async () => {
    server = await startZooKeeper();
    await using client = join({ servers: server.connect });
    const session = await client.session();
    await ask(session.create(parent, data('')));
    const names = Array.from({ length: 60 }, (_, index) => `${parent}/${'name'.repeat(10)}-${index}`);
    await Promise.all(names.map((name) => ask(session.create(name, data('')))));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each([2, 10, 1000])(
    'fact 4: a reply cut after %i bytes costs the connection and not the session',
    async (bytes) => {
      await using proxy = await startProxy(server.connect);
      await using client = join({ servers: proxy.connect, ...still });
      const session = await client.session();
      const cut = proxy.cutAfter(bytes, 'toClient');
      expect(await failure(session.children(parent))).toMatchObject({ code: 'CONNECTION_LOST' });
      await cut;
      await client.resumed();
      expect(proxy.connections).toBe(2);
      expect(await ask(session.children(parent))).toHaveLength(60);
      expect(client.sessions.values).toEqual([undefined, session]);
    },
  );

  it('fact 4: half a handshake is forgotten with its connection', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...still });
    const session = await client.session();
    const cut = proxy.cutAfter(10, 'toClient');
    proxy.cut();
    await cut;
    await client.resumed();
    expect(await ask(session.children(parent))).toHaveLength(60);
    expect(client.sessions.last).toBe(session);
  });

  it('fact 6: an unreadable reply costs the connection, not the process and not the session', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...still });
    const session = await client.session();
    const stop = proxy.onReply((frame, pass) => {
      frame.bytes.writeInt32BE(0x7f_ff_ff, 20); // The length of the data.
      pass();
    });
    const answers = [failure(session.get(parent)), failure(session.get('/'))];
    expect(await Promise.all(answers)).toMatchObject([{ code: 'CONNECTION_LOST' }, { code: 'CONNECTION_LOST' }]);
    stop();
    await client.resumed();
    expect(await ask(session.get(parent))).toMatchObject({ path: parent });
    expect(client.sessions.last).toBe(session);
  });

  it('fact 4: a reply to something that was not asked costs the connection, not the session', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...still });
    const session = await client.session();
    const stop = proxy.onReply((frame, pass) => {
      frame.bytes.writeInt32BE(frame.xid + 7, 4);
      pass();
    });
    expect(await failure(session.get('/'))).toMatchObject({ code: 'CONNECTION_LOST' });
    stop();
    await client.resumed();
    expect(client.sessions.last).toBe(session);
  });

  it('rule 6: the create whose reply was lost is carried out exactly once, and is not sent again', async () => {
    await using proxy = await startProxy(server.connect);
    await using client = join({ servers: proxy.connect, ...still });
    const session = await client.session();
    const ghost = freshPath('ghosts');
    await ask(session.create(ghost, data('')));
    const lost = proxy.loseReplyOf(opcode.create);
    expect(await failure(session.create(`${ghost}/_c_`, data('x'), 'ephemeral-sequential'))).toMatchObject({
      code: 'CONNECTION_LOST',
    });
    await lost;
    await client.resumed();
    const [name, ...more] = await until(async () => {
      const names = await ask(session.children(ghost));
      return names.length > 0 && names;
    });
    expect(more).toEqual([]);
    expect(await ask(session.get(`${ghost}/${name}`))).toMatchObject({ owner: session.id });
  });
});
