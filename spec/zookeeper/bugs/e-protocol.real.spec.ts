import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { opcode, type Proxy as Wire } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { countRequests, inSequence, World } from './support.js';

let server: ZooKeeperServer;
beforeAll(async () => {
  server = await startZooKeeper();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Greeting {
  readonly lastZxidSeen: bigint;
  readonly session: bigint;
}

/** How clients introduce themselves, connection by connection. */
function greetings(via: Wire): Greeting[] {
  const heard: Greeting[] = [];
  via.onRequest(({ bytes, handshake }, pass) => {
    // The length, the protocol's version, the zxid, the timeout, the session.
    if (handshake) heard.push({ lastZxidSeen: bytes.readBigInt64BE(8), session: bytes.readBigInt64BE(20) });
    pass();
  });
  return heard;
}

/** The opcodes of all requests, in order. */
function sequence(via: Wire): number[] {
  const sent: number[] = [];
  via.onRequest(({ handshake, opcode }, pass) => {
    if (!handshake) sent.push(opcode);
    pass();
  });
  return sent;
}

describe('the protocol underneath', () => {
  it('E41: a reconnect tells the last zxid that an answer brought, whatever notifications and signs of life say', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const heard = greetings(via);
    const a = world.stand('a', { via, sessionTimeoutMs: 20_000 });
    const { token } = await a.leads();
    const [name] = await world.children();
    via.onReply(({ xid, link }, pass) => {
      pass();
      if (xid === -1) link.client.destroySoon();
    });
    await world.operator((client) => client.setData(`${world.path}/${name}`, 'x'));
    await until(() => heard.length === 2 && via.open === 1);
    expect(heard[0]).toEqual({ lastZxidSeen: 0n, session: 0n });
    expect(heard[1]!.session).not.toBe(0n);
    expect(heard[1]!.lastZxidSeen).toBeGreaterThanOrEqual(token);
    expect(heard[1]!.lastZxidSeen).toBeLessThan(token + 1_000n);
  });

  it('E41: a new session writes before its first listing, so what it lists is never older than the end of the last', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const a = world.stand('a', { via });
    await a.leads();
    via.refuse();
    await until(async () => (await world.children()).length === 0);
    const sent = sequence(via);
    via.forward();
    await a.waits('expired');
    await a.leads();
    const writes: number[] = [opcode.multi, opcode.create];
    expect(sent.findIndex((code) => writes.includes(code))).toBeLessThan(sent.indexOf(opcode.getChildren2));
    expect(sent).toContain(opcode.getChildren2);
  });

  it('E42: no request has the xid 0', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const xids: number[] = [];
    via.onRequest(({ handshake, xid }, pass) => {
      if (!handshake) xids.push(xid);
      pass();
    });
    const a = world.stand('a', { via });
    await a.leads();
    const connections = via.connections;
    via.cut();
    await until(() => via.connections > connections);
    await a.candidacy.resign();
    expect(xids.length).toBeGreaterThan(5);
    expect(xids).not.toContain(0);
  });

  it('E43: credentials and watches are presented again after a reconnect', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const closed = { auth: { scheme: 'digest', credentials: 'o:s' }, acl: [{ perms: 31, scheme: 'auth', id: '' }] };
    const name = world.name.replace('bugs/', 'guarded-');
    const a = world.stand('a', { ...closed, name });
    await a.leads();
    const b = world.stand('b', { ...closed, name, via, sessionTimeoutMs: 20_000 });
    await b.follows(1);
    via.refuse();
    await until(() => via.open === 0);
    await a.candidacy.resign();
    via.forward();
    await b.leads();
    await b.candidacy.resign();
  });

  it('E43: nothing is asked by exists, whose watch on a znode that comes and goes can be missed', async () => {
    await using world = new World(server);
    const via = await world.proxy();
    const sent = countRequests(via);
    const [a, b] = await world.line(['a', 'b'], { via });
    const watching = b.election.leader$.subscribe();
    await world.remove(inSequence(await world.children())[0]!);
    await b.leads();
    await a.follows(1);
    watching.unsubscribe();
    expect(sent.get(opcode.exists)).toBeUndefined();
    expect(sent.get(opcode.getData)).toBeGreaterThan(0);
  });
});
