import { totalmem } from 'node:os';
import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InvalidOptionError, UnsupportedError } from '../../lib/errors.js';
import { beat, heartbeats } from '../../lib/health/beat.js';
import { channelOf } from '../../lib/health/channel-of.js';
import { bytesIn } from '../../lib/health/traffic.js';
import { openChannel } from '../../lib/memory/channel.js';
import { memory } from '../../lib/memory/index.js';
import { virtualClock } from '../election/support.js';
import { seen, until } from '../support/until.js';
import { noThresholds } from './support.js';

describe('heartbeats', () => {
  it('count from one at each interval, and tell when this life began', () => {
    const clock = virtualClock();
    clock.advance(5_000);
    using told = seen(heartbeats({ id: 'a', intervalMs: 100, clock }));
    clock.advance(250);
    expect(told.values.map(({ id, sequence, since }) => [id, sequence, since])).toEqual([
      ['a', 1, 5_000],
      ['a', 2, 5_000],
      ['a', 3, 5_000],
    ]);
  });

  it('tell the status that the gauges amount to, those of the user included', () => {
    const clock = virtualClock();
    const queue = [5, 10, 15];
    const gauges = { queue: () => queue.shift() ?? 0, broken: () => Number.NaN, thrower: () => JSON.parse('{') };
    const thresholds = { ...noThresholds, queue: { degraded: 10, critical: 15 } };
    using told = seen(heartbeats({ id: 'a', intervalMs: 100, gauges, thresholds, clock }));
    clock.advance(210);
    expect(told.values.map(({ status, load }) => [status, load.queue])).toEqual([
      ['healthy', 5],
      ['degraded', 10],
      ['critical', 15],
    ]);
    expect(told.last?.load).not.toHaveProperty('broken');
    expect(told.last?.load).not.toHaveProperty('thrower');
  });

  it('measure nothing, and keep no timer, unless somebody is subscribed', () => {
    const clock = virtualClock();
    const beat$ = heartbeats({ id: 'a', clock });
    expect(clock.pending).toBe(0);
    seen(beat$)[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });

  it('are refused without an id, with an interval of no time, and with a gauge that is no function', () => {
    for (const options of [{ id: '' }, { id: 'a', intervalMs: 1 }, { id: 'a', gauges: { queue: 7 as never } }])
      expect(() => heartbeats(options)).toThrow(InvalidOptionError);
  });
});

describe('the gauges of this process', () => {
  it('lie where they can lie, and tell of disk and network from the second reading on', async () => {
    const beats = await firstValueFrom(heartbeats({ id: 'a', intervalMs: 50 }).pipe(take(4), toArray()));
    const { load } = beats.at(-1)!;
    expect(load.loadPerCore).toBeGreaterThanOrEqual(0);
    expect(load.rssBytes).toBeGreaterThan(10e6);
    expect(load.freeBytes).toBeLessThan(totalmem());
    for (const share of [load.memoryUsed, load.diskUsed]) {
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    expect(load.diskFreeBytes).toBeGreaterThan(0);
    expect(load.sentBytesPerSecond).toBeGreaterThanOrEqual(0);
  });

  it('see how long the event loop was blocked', async () => {
    using told = seen(heartbeats({ id: 'a', intervalMs: 50 }));
    await until(() => told.values.length > 1);
    const before = performance.now();
    while (performance.now() - before < 300);
    await until(() => told.values.some(({ load }) => (load.eventLoopLagMs ?? 0) > 200));
  });

  it('have no disk where there is no such path', async () => {
    const missing = heartbeats({ id: 'a', intervalMs: 20, diskPath: '/no/such/path' }).pipe(take(4), toArray());
    for (const { load } of await firstValueFrom(missing)) expect(load).not.toHaveProperty('diskUsed');
  });
});

describe('the traffic of the interfaces', () => {
  it('is summed over all but loopback', () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9000 10 0 0 0 0 0 0 9000 10 0 0 0 0 0 0
  eth0: 1000 10 0 0 0 0 0 0  200 10 0 0 0 0 0 0
wlan0:30 10 0 0 0 0 0 0  4 10 0 0 0 0 0 0
`;
    expect(bytesIn(text)).toEqual({ receivedBytes: 1_030, sentBytes: 204 });
  });

  it('is nothing where there is no line', () => {
    expect(bytesIn('')).toEqual({ receivedBytes: 0, sentBytes: 0 });
  });
});

describe('a beat on a channel', () => {
  it('is one life, whoever looks at it, and ends with a goodbye when nobody does', () => {
    const clock = virtualClock();
    const channel = openChannel();
    using heard = seen(channel.heard$);
    const beat$ = beat(channel, { id: 'a', intervalMs: 100, clock });
    const [one, other] = [seen(beat$), seen(beat$)];
    clock.advance(150);
    one[Symbol.dispose]();
    clock.advance(100);
    other[Symbol.dispose]();
    clock.advance(500);
    expect(heard.values).toMatchObject([
      { sequence: 1 },
      { sequence: 2 },
      { sequence: 3 },
      { sequence: 4, leaving: true },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('is another life for those who come after', () => {
    const clock = virtualClock();
    const channel = openChannel();
    const beat$ = beat(channel, { id: 'a', intervalMs: 100, clock });
    seen(beat$)[Symbol.dispose]();
    clock.advance(1_000);
    using again = seen(beat$);
    clock.advance(10);
    expect(again.values).toMatchObject([{ sequence: 1, since: 1_000 }]);
  });

  it('completes when the backend is closed, and leaves its channel', async () => {
    await using observer = memory({ space: 'beats' });
    const backend = memory({ space: 'beats' });
    using heard = seen(channelOf(observer, 'health').heard$);
    using told = seen(beat(channelOf(backend, 'health'), { id: 'a', intervalMs: 20 }));
    await until(() => heard.values.length > 1);
    await backend.close();
    expect(told.completed).toBe(true);
    expect(heard.last).toMatchObject({ leaving: true });
  });
});

describe('a channel of a backend', () => {
  it('is found by name: the same name is the same channel', async () => {
    await using one = memory({ space: 'channels' });
    await using other = memory({ space: 'channels' });
    using here = seen(channelOf(other, 'x').heard$);
    using there = seen(channelOf(other, 'y').heard$);
    const clock = virtualClock();
    using _ = seen(beat(channelOf(one, 'x'), { id: 'a', clock }));
    clock.advance(1);
    expect([here.values.length, there.values.length]).toEqual([1, 0]);
  });

  it('is refused where there is none', () => {
    const bare = { election: () => undefined } as never;
    expect(() => channelOf(bare, 'x')).toThrow(UnsupportedError);
    expect(() => channelOf(memory(), '')).toThrow(InvalidOptionError);
  });
});
