import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beat } from '../../lib/health/beat.js';
import { channelOf } from '../../lib/health/channel-of.js';
import { fixed } from '../../lib/health/fixed.js';
import { monitor } from '../../lib/health/monitor.js';
import { redis } from '../../lib/redis/index.js';
import { startProxy, type TcpProxy } from '../support/proxy.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { seen, until } from '../support/until.js';

const INTERVAL = 100;
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(['redis', 'ioredis'] as const)('heartbeats over Redis (%s)', (library) => {
  const member = (id: string) => {
    const backend = redis({ url: `redis://${server.connect}`, library });
    return { id, backend, channel: channelOf(backend, `health-${library}`) };
  };

  it('are heard by everybody, by latecomers too; who falls silent has failed, who leaves is gone', async () => {
    const [a, b, late] = [member('a'), member('b'), member('late')];
    const detector = fixed({ intervalMs: INTERVAL, missed: 10 });
    const listener = monitor(a.channel, { detector, checkEveryMs: 50 });
    using members = seen(listener.members$);
    using failures = seen(listener.failures$);
    const beats = [a, b].map(({ id, channel }) => seen(beat(channel, { id, intervalMs: INTERVAL })));
    const ids = () =>
      members.last
        ?.map(({ id }) => id)
        .sort()
        .join();
    await until(() => ids() === 'a,b');
    using heard = seen(late.channel.heard$);
    await until(() => ['a', 'b'].every((id) => heard.values.some((word) => (word as { id: string }).id === id)));
    await b.backend.close();
    await until(() => failures.values.some(({ id }) => id === 'b'));
    beats[0]?.[Symbol.dispose]();
    await until(() => ids() === 'b');
    expect(heard.completed).toBe(false);
    beats[1]?.[Symbol.dispose]();
    await Promise.all([a, late].map(({ backend }) => backend.close()));
    expect([members.completed, heard.completed]).toEqual([true, true]);
  });
});

describe('a channel whose connection for news is lost while the other one stands', () => {
  it.each([
    ['is closed', async (wire: TcpProxy) => wire.down(), async (wire: TcpProxy) => wire.up()],
    ['falls silent', async (wire: TcpProxy) => wire.silent(), async (wire: TcpProxy) => wire.forward()],
  ])('does not hear when it %s, until there is another', async (_, lose, restore) => {
    await using wire = await startProxy(server.connect, { framed: false });
    const client = createClient({ url: `redis://${server.connect}`, disableOfflineQueue: true });
    await client.on('error', () => undefined).connect();
    Object.assign(client, { duplicate: () => createClient({ url: `redis://${wire.connect}` }) });
    const backend = redis({ client, leaseMs: 1_500 });
    const channel = channelOf(backend, 'news-lost');
    using hearing = seen(channel.hearing$);
    using _heard = seen(channel.heard$);
    using connection = seen(backend.connection$);
    await hearing.next((hears) => hears);
    await lose(wire);
    await hearing.next((hears) => !hears, 5_000);
    await restore(wire);
    await hearing.next((hears) => hears);
    expect(connection.values).toEqual(['connecting', 'connected']);
    await backend.close();
    expect([hearing.last, hearing.completed]).toEqual([false, true]);
    client.destroy();
  });
});
