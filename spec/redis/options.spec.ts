import { Redis } from 'ioredis';
import { createClient, createSentinel } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import { givenPort, type RedisClient } from '../../lib/redis/client.js';
import { keysOf } from '../../lib/redis/keys.js';
import { type RedisOptions, resolveOptions } from '../../lib/redis/options.js';

const url = 'redis://localhost:6379';
const resolve = (given: RedisOptions) => resolveOptions({ url, ...given });

describe('the options of the Redis backend', () => {
  it('have defaults that follow from the lease', () => {
    expect(resolve({})).toMatchObject({
      prefix: 'succession',
      leaseMs: 6_000,
      renewMs: 2_000,
      commandTimeoutMs: 1_500,
      connectTimeoutMs: 3_000,
      retryMinMs: 20,
      retryMaxMs: 600,
    });
    expect(resolve({ leaseMs: 600 })).toMatchObject({ renewMs: 200, commandTimeoutMs: 150 });
  });

  it.each<[RedisOptions, string]>([
    [{ url: undefined } as never, 'client: or `url` must be given'],
    [{ leaseMs: 1_000, renewMs: 800 }, 'renewMs: plus commandTimeoutMs (250) must be smaller than the 959 ms'],
    [{ leaseMs: 1_000, commandTimeoutMs: 700 }, 'renewMs: plus commandTimeoutMs (700)'],
    [{ leaseMs: 99 }, 'leaseMs: must be a number of milliseconds from 100'],
    [{ retryMinMs: 2_000 }, 'retryMinMs: must not be larger than retryMaxMs'],
    [{ clockDrift: 0.3 }, 'clockDrift: must be a rate from 0 to 0.2'],
    [{ prefix: 'a{b}' }, 'prefix: must hold no braces'],
    [{ library: 'jedis' as never }, 'library: must be one of'],
    [{ url: 'http://localhost' }, 'url: must be redis://host:port/db'],
    [{ url: `${url}/0?leaseMs=3000` }, 'url: must hold no settings'],
  ])('refuses %j and says why', (given, message) => {
    expect(() => resolve(given)).toThrow(message);
  });
});

describe('a given client', () => {
  const made: { disconnect(): void }[] = [];
  afterEach(() => {
    for (const client of made.splice(0)) client.disconnect();
  });
  const ioredis = (options: object) => {
    const client = new Redis({ lazyConnect: true, ...options });
    made.push(client);
    return client;
  };

  it('of redis is taken without an offline queue, and refused with one', () => {
    expect(() => givenPort(createClient({ url }) as RedisClient)).toThrow('`disableOfflineQueue: true`');
    expect(givenPort(createClient({ url, disableOfflineQueue: true }) as RedisClient).cluster).toBe(false);
  });

  it('of ioredis is taken if it neither queues nor sends again, and refused otherwise', () => {
    expect(() => givenPort(ioredis({}))).toThrow('`enableOfflineQueue: false`');
    expect(() => givenPort(ioredis({ enableOfflineQueue: false }))).toThrow('`autoResendUnfulfilledCommands: false`');
    const options = { enableOfflineQueue: false, autoResendUnfulfilledCommands: false };
    expect(givenPort(ioredis(options)).cluster).toBe(false);
  });

  it('of redis for Sentinel is refused: it keeps commands until there is a master', () => {
    const client = createSentinel({ name: 'jobs', sentinelRootNodes: [{ host: 'localhost', port: 26_379 }] });
    expect(() => givenPort(client as never)).toThrow('use a client of `ioredis` with `sentinels`');
  });

  it('of another kind is refused', () => {
    expect(() => givenPort({} as never)).toThrow('must be a client of `redis` or `ioredis`');
  });
});

describe('the keys of an election', () => {
  it('carry its name as their hash tag, whatever is in it', () => {
    const tags = [...keysOf('app', 'a/{b}%').all, keysOf('app', 'a/{b}%').channel].map(
      (key) => /\{(.*?)\}/.exec(key)?.[1],
    );
    expect(new Set(tags)).toEqual(new Set(['a/%7Bb%7D%25']));
  });
});
