/** Who may come in over TCP, and who is sent away: by the secret, and by certificates. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Logger, silent } from '../../lib/options.js';
import { bully, type PeerTls } from '../../lib/peers/bully/index.js';
import { useLeakCheck } from '../support/leaks.js';
import { freePort } from '../support/ports.js';
import { startProxy } from '../support/proxy.js';
import { createCertificates } from '../support/tls.js';
import { until } from '../support/until.js';
import { linked, list, type Node, node, open, warned } from './tcp-nodes.js';

useLeakCheck();

const portOf = (peers: string, id: string) => Number(new RegExp(`${id}@[^,]*:(\\d+)`).exec(peers)?.[1]);

async function stranger(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  open.push({ close: () => void socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

describe('strangers', () => {
  it('without the secret are reached by nobody, and nobody hears them', async () => {
    const peers = await list('a', 'b', 'c');
    const [a, b] = [node({ self: 'a', peers }), node({ self: 'b', peers })];
    const c = node({ self: 'c', peers, secret: 'another secret, as long' });
    await linked(a, b);
    c.network.send('a', 'x');
    await until(() => a.reachable.last?.has('b'));
    expect([c.reachable.values.every(({ size }) => size === 0), a.reachable.last?.has('c')]).toEqual([true, false]);
    expect([a.received.values, b.received.values]).toEqual([[], []]);
  });

  it.each([
    ['nothing', ''],
    ['garbage', 'GET / HTTP/1.1\r\n\r\n'],
    ['a frame without end', '\u0000\u0000\u0000\u0009half'],
    ['JSON of no meaning', '\u0000\u0000\u0000\u0002{}'],
    ['a frame that is too large', '\u007f\u007f\u007f\u007f'],
  ])('that say %s are sent away, and do no harm', async (_, text) => {
    const peers = await list('a', 'b');
    const a = node({ self: 'a', peers, handshakeMs: 100 });
    const socket = await stranger(portOf(peers, 'a'));
    socket.write(text);
    await once(socket, 'close');
    const b = node({ self: 'b', peers });
    await linked(a, b);
    expect(a.received.values).toEqual([]);
  });

  it('that announce more than a handshake needs are sent away at once', async () => {
    const peers = await list('a', 'b');
    node({ self: 'a', peers, handshakeMs: 60_000 });
    const socket = await until(() => stranger(portOf(peers, 'a')));
    socket.write(Buffer.from([0, 0, 4, 1]));
    await once(socket, 'close');
  });

  it('that know the secret but are in no list are sent away', async () => {
    const refusals: string[] = [];
    const logger = { ...silent, warn: ({ why }: { why?: string }) => void refusals.push(String(why)) };
    const peers = await list('a', 'b');
    const a = node({ self: 'a', peers, logger: logger as unknown as Logger });
    const c = node({ self: 'c', peers: `${peers},${await list('c')}` });
    await until(() => refusals.includes('c is not a peer'));
    expect([a, c].map(({ reachable }) => reachable.last?.size)).toEqual([0, 0]);
  });

  it('are so many and no more', async () => {
    const peers = await list('a', 'b');
    node({ self: 'a', peers, maxStrangers: 2, handshakeMs: 60_000 });
    const port = portOf(peers, 'a');
    const waiting = await until(() => Promise.all([stranger(port), stranger(port)]));
    const third = await stranger(port);
    await once(third, 'close');
    expect(waiting.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });

  it('in between can change nothing unnoticed', async () => {
    const port = await freePort();
    let spoil = false;
    const rewrite = (chunk: Buffer) => {
      if (!spoil) return chunk;
      const spoilt = Buffer.from(chunk);
      spoilt[spoilt.length - 2] = (spoilt[spoilt.length - 2] as number) ^ 1;
      return spoilt;
    };
    const proxy = await startProxy(`127.0.0.1:${port}`, { framed: false, rewrite });
    open.push({ close: () => proxy[Symbol.asyncDispose]() });
    const { warnings, logger } = warned();
    // Long, so that no silence ends the link instead.
    const patient = { silenceMs: 60_000, logger };
    const a = node({ ...patient, self: 'a', peers: `${await list('a')},b@${proxy.connect}` });
    const b = node({ ...patient, self: 'b', peers: `a@127.0.0.1:${await freePort()},b@127.0.0.1:${port}` });
    await linked(a, b);
    spoil = true;
    a.network.send('b', { vote: 1 });
    await until(() => b.reachable.last?.size === 0);
    expect([b.received.values, warnings[0]]).toEqual([[], 'a frame is forged or out of order']);
  });
});

describe('peers over TLS', () => {
  let folder: string;
  let tls: Record<string, { ca: string; cert: string; key: string }>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'succession-peers-'));
    const { ca, cert, key } = await createCertificates(folder);
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    tls = { client: { ca, cert, key }, server: { ca, cert: await read('server.pem'), key: await read('server.key') } };
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are who their certificates say', async () => {
    const peers = await list('client', 'server');
    const [a, b] = ['client', 'server'].map((self) => node({ self, peers, secret: undefined, tls: tls[self] })) as [
      Node,
      Node,
    ];
    await linked(a, b);
    a.network.send('server', 1);
    expect(await b.received.next()).toEqual({ from: 'client', message: 1 });
  });

  it('let nobody call itself by another name', async () => {
    const peers = await list('other', 'server');
    const a = node({ self: 'other', peers, secret: undefined, tls: tls.client });
    const b = node({ self: 'server', peers, secret: undefined, tls: tls.server });
    const socket = await stranger(portOf(peers, 'server'));
    socket.destroy();
    await expect(until(() => a.reachable.last?.size || b.reachable.last?.size, { within: 500 })).rejects.toThrow();
  });

  it('are refused before anything is opened when a certificate cannot be read, or the key is not its own', () => {
    const refused = (given: object) => () =>
      bully({ self: 'a', peers: 'a@127.0.0.1:7001', quorum: 'none', tls: { ...(tls.client as PeerTls), ...given } });
    const rule = /tls: must be a CA, a certificate and the key to it, as PEM/;
    for (const given of [{ ca: 'nonsense' }, { cert: 'nonsense' }, { key: 'nonsense' }, { key: tls.server?.key }])
      expect(refused(given)).toThrow(rule);
    expect(refused({})).not.toThrow();
  });
});
