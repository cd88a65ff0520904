import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import type { Port } from '../../lib/redis/client.js';
import { ioredisPort } from '../../lib/redis/ioredis.js';
import { nodeRedisPort } from '../../lib/redis/node-redis.js';
import { startRedis } from '../support/redis.js';
import { until } from '../support/until.js';
import { closeAll, kept } from './support.js';

afterEach(closeAll);

const libraries = {
  redis: (port: number) => nodeRedisPort(createClient({ url: `redis://127.0.0.1:${port}` }), 'own'),
  ioredis: (port: number) => ioredisPort(new Redis(port, { lazyConnect: true }), 'own'),
};

/** Open, and closed after the spec. */
async function open(port: Port): Promise<Port> {
  kept({ [Symbol.asyncDispose]: async () => port.destroy() });
  await port.open();
  return port;
}

describe.each(Object.entries(libraries))('a connection for news (%s)', (_, connectTo) => {
  it('goes on listening to a channel for whoever came while somebody else stopped', async () => {
    const server = kept(await startRedis());
    const port = await open(connectTo(server.port));
    const heard: string[] = [];
    const first = port.subscribe('x', (word) => heard.push(`first ${word}`));
    const second = port.subscribe('x', (word) => heard.push(`second ${word}`));
    const stop = await first;
    stop();
    await second;
    await port.subscribe('y', (word) => heard.push(`y ${word}`)); // What was asked before is done now.
    await server.say('PUBLISH', 'x', 'word');
    await server.say('PUBLISH', 'y', 'word');
    await until(() => heard.includes('y word'));
    expect(heard).toEqual(['second word', 'y word']);
  });

  it('listens to many channels without a warning', async () => {
    const server = kept(await startRedis());
    const port = await open(connectTo(server.port));
    const warnings: string[] = [];
    const warned = (warning: Error) => warnings.push(warning.message);
    process.on('warning', warned);
    const channels = Array.from({ length: 20 }, (_, at) => `channel ${at}`);
    await Promise.all(channels.map((channel) => port.subscribe(channel, () => undefined)));
    await new Promise((next) => setImmediate(next));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});
