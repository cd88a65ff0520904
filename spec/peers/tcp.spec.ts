import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BehaviorSubject } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Logger, silent } from '../../lib/options.js';
import { MAC_BYTES } from '../../lib/peers/frames.js';
import type { Network } from '../../lib/peers/network.js';
import { redialAfterMs, type TcpOptions, tcp } from '../../lib/peers/tcp.js';
import { resolveTcp } from '../../lib/peers/tcp-options.js';
import { useLeakCheck } from '../support/leaks.js';
import { quick, SECRET } from '../support/peers.js';
import { freePort } from '../support/ports.js';
import { startProxy } from '../support/proxy.js';
import { createCertificates } from '../support/tls.js';
import { type Seen, seen, until } from '../support/until.js';

useLeakCheck();
const open: { close(): Promise<unknown> | unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

interface Node {
  readonly network: Network;
  readonly reachable: Seen<ReadonlySet<string>>;
  readonly received: Seen<{ from: string; message: unknown }>;
}

function node(options: Partial<TcpOptions> & Pick<TcpOptions, 'self' | 'peers'>): Node {
  const network = tcp({ ...quick, ...options });
  const one = { network, reachable: seen(network.reachable$), received: seen(network.received$) };
  open.push({ close: () => network.close() });
  return one;
}

async function list(...ids: string[]): Promise<string> {
  const all = await Promise.all(ids.map(async (id) => `${id}@127.0.0.1:${await freePort()}`));
  return all.join(',');
}
const portOf = (peers: string, id: string) => Number(new RegExp(`${id}@[^,]*:(\\d+)`).exec(peers)?.[1]);
const linked = (...nodes: Node[]) =>
  until(() => nodes.every(({ reachable }) => reachable.last?.size === nodes.length - 1));

const warned = () => {
  const warnings: string[] = [];
  const logger = { ...silent, warn: ({ why }: { why?: string }) => void warnings.push(String(why)) };
  return { warnings, logger: logger as unknown as Logger };
};

async function stranger(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  open.push({ close: () => void socket.destroy() });
  await once(socket, 'connect');
  return socket;
}

describe('peers over TCP', () => {
  it('reach each other and hear each other, whoever was there first', async () => {
    const peers = await list('a', 'b', 'c');
    const nodes = ['a', 'b', 'c'].map((self) => node({ self, peers }));
    await linked(...nodes);
    const [a, b] = nodes as [Node, Node];
    a.network.send('b', { text: 'ä', n: 1 });
    b.network.send('a', ['back']);
    expect(await b.received.next()).toEqual({ from: 'a', message: { text: 'ä', n: 1 } });
    expect(await a.received.next()).toEqual({ from: 'b', message: ['back'] });
  });

  it('reach each other over IPv6', async () => {
    const peers = `a@[::1]:${await freePort()},b@[::1]:${await freePort()}`;
    await linked(node({ self: 'a', peers }), node({ self: 'b', peers }));
  });

  it('notice at once that one has gone, and that it is back', async () => {
    const peers = await list('a', 'b');
    const [a, b] = [node({ self: 'a', peers }), node({ self: 'b', peers })];
    await linked(a, b);
    await b.network.close();
    await until(() => a.reachable.last?.size === 0);
    await linked(a, node({ self: 'b', peers }));
  });

  it('give up a link that has fallen silent', async () => {
    const port = await freePort();
    const proxy = await startProxy(`127.0.0.1:${port}`, { framed: false });
    open.push({ close: () => proxy[Symbol.asyncDispose]() });
    const own = await list('a');
    const nowhere = await freePort();
    const quiet = { keepAliveMs: 50, silenceMs: 200 };
    const a = node({ ...quiet, self: 'a', peers: `${own},b@${proxy.connect}` });
    const b = node({ ...quiet, self: 'b', peers: `a@127.0.0.1:${nowhere},b@127.0.0.1:${port}` });
    await linked(a, b);
    proxy.hold();
    await until(() => a.reachable.last?.size === 0 && b.reachable.last?.size === 0);
  });
});

describe('a link', () => {
  it('on which nobody has anything to say lives on: both say so, now and then', async () => {
    const port = await freePort();
    const proxy = await startProxy(`127.0.0.1:${port}`, { framed: false });
    open.push({ close: () => proxy[Symbol.asyncDispose]() });
    const quiet = { keepAliveMs: 100, silenceMs: 1_000 };
    const a = node({ ...quiet, self: 'a', peers: `${await list('a')},b@${proxy.connect}` });
    const b = node({ ...quiet, self: 'b', peers: `a@127.0.0.1:${await freePort()},b@127.0.0.1:${port}` });
    await linked(a, b);
    proxy.reset();
    const beats = 15 * (MAC_BYTES + 4);
    await until(() => Math.min(proxy.bytes.toServer, proxy.bytes.toClient) >= beats);
    expect([a, b].map(({ reachable }) => reachable.values.length)).toEqual([2, 2]);
  });

  it('ends when discovery no longer names the peer, and a list that breaks a rule changes nothing', async () => {
    const [own, other] = [await list('a'), await list('b')];
    const peers$ = new BehaviorSubject(`${own},${other}`);
    const a = node({ self: 'a', peers: peers$, listen: own.slice(2) });
    await linked(a, node({ self: 'b', peers: `${own},${other}` }));
    peers$.next(`${own},nonsense`);
    a.network.send('b', 'still there');
    expect(a.reachable.last?.size).toBe(1);
    peers$.next(own);
    await until(() => a.reachable.last?.size === 0);
  });
});

describe('a peer that cannot be reached', () => {
  const bounds = { retryMinMs: 50, retryMaxMs: 2_000 };

  it('is dialled after a time that doubles up to a bound, and is never the same for everybody', () => {
    const longest = [0, 1, 2, 5, 6, 1_000].map((attempt) => redialAfterMs(bounds, attempt, 1));
    expect(longest).toEqual([50, 100, 200, 1_600, 2_000, 2_000]);
    expect([0, 0.5, 1].map((random) => redialAfterMs(bounds, 6, random))).toEqual([1_000, 1_500, 2_000]);
  });

  it('is dialled again and again', async () => {
    let dialled = 0;
    const server = createServer((socket) => {
      dialled += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    open.push({ close: () => void server.close() });
    await once(server, 'listening');
    node({ self: 'a', peers: `${await list('a')},b@127.0.0.1:${(server.address() as AddressInfo).port}` });
    await until(() => dialled >= 3);
  });
});

describe('a message', () => {
  it('that is larger than a frame may be is dropped, with a word to the logger; the link goes on', async () => {
    const peers = await list('a', 'b');
    const { warnings, logger } = warned();
    const a = node({ self: 'a', peers, maxFrameBytes: 4_096, logger });
    const b = node({ self: 'b', peers, maxFrameBytes: 4_096 });
    await linked(a, b);
    const largest = 'x'.repeat(4_096 - MAC_BYTES - '""'.length);
    a.network.send('b', `${largest}x`);
    a.network.send('b', largest);
    expect((await b.received.next()).message).toBe(largest);
    expect(warnings).toEqual(['it has 4065 bytes']);
    expect([a, b].map(({ reachable }) => reachable.values.filter(({ size }) => size > 0).length)).toEqual([1, 1]);
  });

  it('to a peer that takes in less than it is sent is dropped, and those behind it arrive', async () => {
    const port = await freePort();
    const proxy = await startProxy(`127.0.0.1:${port}`, { framed: false });
    open.push({ close: () => proxy[Symbol.asyncDispose]() });
    const { warnings, logger } = warned();
    const slow = { maxQueuedBytes: 100_000, silenceMs: 60_000, logger };
    const a = node({ ...slow, self: 'a', peers: `${await list('a')},b@${proxy.connect}` });
    const b = node({ ...slow, self: 'b', peers: `a@127.0.0.1:${await freePort()},b@127.0.0.1:${port}` });
    await linked(a, b);
    proxy.hold();
    const sent = 2_000;
    for (let n = 0; n < sent; n += 1) a.network.send('b', { n, filling: 'x'.repeat(20_000) });
    const dropped = warnings.length;
    expect([dropped > sent / 2, new Set(warnings)]).toEqual([true, new Set(['the peer takes in less than we send'])]);
    proxy.forward();
    await until(() => b.received.values.length === sent - dropped);
    a.network.send('b', 'more');
    await b.received.next(({ message }) => message === 'more');
  });
});

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
});

describe('the options of the transport', () => {
  const peers = 'a@127.0.0.1:1,b@127.0.0.1:2';
  const refused =
    (options: object, env = {}) =>
    () =>
      resolveTcp({ self: 'a', peers, ...options }, env);

  it('need a secret or TLS wherever others than this machine can reach', () => {
    const rule = /secret: must be given .* since .* is not only this machine/;
    expect(refused({ peers: 'a@127.0.0.1:1,b@10.0.0.1:2' })).toThrow(rule);
    expect(refused({ listen: '0.0.0.0:1' })).toThrow(rule);
    expect(refused({ listen: '[::]:1' })).toThrow(rule);
    expect(refused({})).not.toThrow();
    expect(refused({ peers: 'a@127.0.0.1:1,b@10.0.0.1:2' }, { SUCCESSION_SECRET: SECRET })).not.toThrow();
  });

  it.each([
    [{ secret: 'short' }, /secret: must have at least 16 characters \(got "\*\*\*"\)/],
    [{ self: 'c' }, /self: must be one of peers/],
    [{ self: '../a' }, /self: must be 1 to 64 letters/],
    [{ peers: 'a@127.0.0.1:1,a@127.0.0.1:2' }, /peers: must name each node once/],
    [{ peers: 'a@127.0.0.1' }, /peers: must look like n1@host:7001/],
    [{ peers: 'a@127.0.0.1:70000' }, /must have a port from 1 to 65535/],
    [{ keepAliveMs: 500, silenceMs: 900 }, /silenceMs: must be at least twice keepAliveMs/],
    [{ secretFile: '/nowhere' }, /secretFile: must be a file that can be read/],
    [{ secret: SECRET, secretFile: '/x' }, /secretFile: excludes secret/],
  ])('are refused by a rule: %j', (options, rule) => {
    expect(refused(options)).toThrow(rule);
  });
});
