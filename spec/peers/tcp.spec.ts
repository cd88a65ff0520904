import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { BehaviorSubject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { MAC_BYTES } from '../../lib/peers/frames.js';
import { redialAfterMs } from '../../lib/peers/tcp.js';
import { useLeakCheck } from '../support/leaks.js';
import { freePort } from '../support/ports.js';
import { startProxy } from '../support/proxy.js';
import { until } from '../support/until.js';
import { linked, list, type Node, node, open, warned } from './tcp-nodes.js';

useLeakCheck();

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
