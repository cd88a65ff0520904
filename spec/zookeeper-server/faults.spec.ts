import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type EmbeddedOptions, EmbeddedZooKeeper, type Input } from '../../lib/zookeeper-server/index.js';
import { BareClient, text } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';
import { until } from '../support/until.js';
import { replay } from './machine.js';
import { Wire } from './wire.js';

/** In virtual time a session ends when the spec says so. */
const frozen = (options: EmbeddedOptions = {}) => EmbeddedZooKeeper.start({ virtualTime: true, ...options });
const exists = (client: BareClient, path: string, watch = false) =>
  client.request(opcode.exists, text(path), Buffer.from([watch ? 1 : 0]));

describe('a fault', () => {
  it('ends a session: ephemerals and connection go', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    await client.create('/mine', '', 1);
    const fault = zk.faults.expire(client.sessionId);
    await until(() => client.closed);
    expect([zk.dump(), fault.fired, zk.sessions]).toEqual(['/\n', 1, []]);
  });

  it('drops a reply: the work is done, the connection stays', async () => {
    await using zk = await frozen();
    const wire = await Wire.open(zk.connectString);
    const fault = zk.faults.dropReply('exists');
    wire.send(Buffer.concat([Buffer.from([0, 0, 0, 9, 0, 0, 0, 3]), text('/'), Buffer.from([0])]));
    await fault.happened;
    expect(await wire.request(opcode.ping)).toMatchObject({ xid: -2 });
  });

  it('cuts a reply after some bytes, with the connection', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    let bytes = 0;
    client.socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    zk.faults.cutReply('create', 7);
    await expect(client.create('/done', '')).rejects.toThrow('ended');
    expect([bytes, zk.dump()]).toEqual([7, '/\n  done\n']);
  });

  it('delays a reply, and what is behind it', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    const fault = zk.faults.delayReply(({ op }) => op === 'exists', 1_000);
    const order: string[] = [];
    const first = exists(client, '/').then(() => order.push('first'));
    const second = client.getData('/').then(() => order.push('second'));
    await fault.happened;
    zk.advance(999);
    using other = await BareClient.connect(zk.connectString);
    await other.getData('/');
    expect(order).toEqual([]);
    zk.advance(1);
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  it('keeps silent to one session, and says everything later', async () => {
    await using zk = await frozen();
    using quiet = await BareClient.connect(zk.connectString);
    using other = await BareClient.connect(zk.connectString);
    const fault = zk.faults.silent(quiet.sessionId);
    const reply = quiet.create('/x', '');
    await fault.happened;
    expect(await other.getData('/x')).toMatchObject({ error: 0 });
    fault.lift();
    expect(await reply).toMatchObject({ error: 0 });
  });

  it('keeps silent to all, to pings and greetings too', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    const fault = zk.faults.silent();
    const said: string[] = [];
    const [ping, greeting] = [client.request(opcode.ping), BareClient.connect(zk.connectString)];
    for (const one of [ping, greeting]) one.then(() => said.push('something'));
    await until(() => zk.sessions.length === 2 && fault.fired >= 2);
    expect(said).toEqual([]);
    fault.lift();
    await ping;
    using other = await greeting;
    expect(other.sessionId).not.toBe(client.sessionId);
  });

  it('refuses connections, or accepts them and hangs', async () => {
    await using zk = await frozen();
    const refusal = zk.faults.refuse();
    await expect(BareClient.connect(zk.connectString)).rejects.toThrow('closed');
    refusal.lift();
    const hanging = zk.faults.hang();
    const client = BareClient.connect(zk.connectString);
    await hanging.happened;
    await zk.stop();
    await expect(client).rejects.toThrow('closed');
  });

  it('lags reads: they and pings go on from the past, writes wait, and missed events come in the end', async () => {
    await using zk = await frozen();
    using behind = await BareClient.connect(zk.connectString);
    using ahead = await BareClient.connect(zk.connectString);
    await ahead.create('/x', 'old');
    const fault = zk.faults.lagReads(behind.sessionId);
    await ahead.setData('/x', 'new');
    expect((await behind.getData('/x', true)).body.toString('utf8', 4, 7)).toBe('old');
    expect(await behind.request(opcode.ping)).toMatchObject({ error: 0 });
    const [write, readBehindIt] = [behind.create('/y', ''), exists(behind, '/y')];
    expect(await exists(ahead, '/y')).toMatchObject({ error: -101 });
    fault.lift();
    expect([await write, await readBehindIt]).toMatchObject([{ error: 0 }, { error: 0 }]);
    expect(behind.notifications).toHaveLength(1);
  });

  it('lets a session end that pings a lagging server', async () => {
    await using zk = await frozen({ tickMs: 100 });
    using behind = await BareClient.connect(zk.connectString, 1_000);
    await behind.create('/mine', '', 1);
    const fault = zk.faults.lagReads(behind.sessionId);
    zk.advance(1_200);
    expect(await exists(behind, '/mine')).toMatchObject({ error: 0 });
    expect([zk.dump(), behind.closed]).toEqual(['/\n', false]);
    fault.lift();
    await until(() => behind.closed);
  });

  it('jumps a sequence to its end', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    zk.faults.jumpSequence('/', 2 ** 31 - 1);
    expect((await client.create('/a-', '', 2)).body.toString('utf8', 4)).toBe('/a-2147483647');
    expect(await client.create('/a-', '', 2)).toMatchObject({ error: -110 });
  });

  it('denies a znode, whatever its ACL', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    await client.create('/x', '');
    const fault = zk.faults.denyAcl('/x');
    expect(await client.getData('/x')).toMatchObject({ error: -102 });
    expect(await client.setData('/x', '')).toMatchObject({ error: -102 });
    fault.lift();
    expect(await client.getData('/x')).toMatchObject({ error: 0 });
  });

  it('is accounted for when it never fires', async () => {
    await using zk = await frozen();
    using client = await BareClient.connect(zk.connectString);
    zk.faults.dropReply('multi');
    zk.faults.cutReply('create');
    zk.faults.expire(17n);
    await client.create('/x', '').catch(() => undefined);
    expect(zk.faults.unfired).toEqual(['drop: multi', 'expire 0x11']);
  });
});

describe('a server', () => {
  it('comes back on the same port with its data, its sessions with their whole time', async () => {
    await using zk = await frozen();
    const wire = await Wire.open(zk.connectString, { timeoutMs: 1_000 });
    await wire.request(opcode.create, createOf('/mine', 1));
    zk.advance(900);
    await zk.stop();
    zk.advance(60_000);
    await zk.restart();
    zk.advance(900);
    const again = await Wire.open(zk.connectString, wire.identity);
    expect([again.session, zk.dump()]).toEqual([wire.session, expect.stringContaining('mine')]);
  });

  it('comes back without its data', async () => {
    await using zk = await frozen();
    const wire = await Wire.open(zk.connectString);
    await wire.request(opcode.create, createOf('/mine', 0));
    await zk.restart({ data: 'lost' });
    expect([zk.dump(), (await Wire.open(zk.connectString, wire.identity)).session]).toEqual(['/\n', 0n]);
  });

  it('in virtual time is the same twice from the same seed: ids, passwords, zxids, times', async () => {
    const told = async (seed: number) => {
      const log: Input[] = [];
      await using zk = await frozen({ seed, record: (input) => log.push(input) });
      const wire = await Wire.open(zk.connectString);
      zk.advance(1_234);
      await wire.request(opcode.create, createOf('/mine', 3));
      const { body } =
        (await wire.request(opcode.getData, Buffer.concat([text('/mine0000000000'), Buffer.from([0])]))) ?? {};
      return [wire.identity, body, zk.dump(), replay(log, zk.rules).outputs.length];
    };
    expect(await told(1)).toEqual(await told(1));
    expect((await told(1))[0]).not.toEqual((await told(2))[0]);
  });

  it('takes no frame longer than it is told', async () => {
    await using zk = await frozen({ maxFrameBytes: 200 });
    using client = await BareClient.connect(zk.connectString);
    // Of the 200, all but the data: 8 of header, 6 of path, 4 and 4 of length and version.
    expect(await client.setData('/x', 'd'.repeat(178))).toMatchObject({ error: -101 });
    await expect(client.setData('/x', 'd'.repeat(179))).rejects.toThrow('ended');
  });

  it('listens on IPv6 and on a Unix socket', async () => {
    await using six = await frozen({ host: '::1' });
    using client = await BareClient.connect(six.connectString.replace(/[[\]]/g, ''));
    expect(await client.create('/six', '')).toMatchObject({ error: 0 });
    const path = `/tmp/succession-${process.pid}.sock`;
    await using unix = await frozen({ path });
    const socket = connect(unix.connectString, () => socket.write('ruok'));
    expect(String((await once(socket, 'data'))[0])).toBe('imok');
  });
});

describe('an ensemble', () => {
  it('serves one tree from several endpoints', async () => {
    await using zk = await EmbeddedZooKeeper.ensemble(3, { virtualTime: true });
    const [first, second] = zk.connectString.split(',') as [string, string];
    using a = await BareClient.connect(first);
    using b = await BareClient.connect(second);
    await a.create('/x', 'one');
    expect(await b.getData('/x')).toMatchObject({ error: 0 });
  });

  it('goes on without one that is cut off, whose sessions end while it answers their reads', async () => {
    await using zk = await EmbeddedZooKeeper.ensemble(3, { virtualTime: true });
    const [alone, other] = zk.members as [(typeof zk.members)[0], (typeof zk.members)[0]];
    using cut = await BareClient.connect(alone.connectString, 1_000);
    using rest = await BareClient.connect(other.connectString);
    await cut.create('/mine', '', 1);
    alone.cutOff();
    zk.advance(1_200);
    expect(await exists(cut, '/mine')).toMatchObject({ error: 0 });
    expect(await exists(rest, '/mine')).toMatchObject({ error: -101 });
    alone.heal();
    await until(() => cut.closed);
  });
});

function createOf(path: string, flags: number): Buffer {
  const anybody = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 31]), text('world'), text('anyone')]);
  return Buffer.concat([text(path), text(''), anybody, Buffer.from([0, 0, 0, flags])]);
}
