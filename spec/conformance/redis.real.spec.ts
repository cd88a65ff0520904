import { afterAll, beforeAll, describe } from 'vitest';
import { type SomeRedis, someRedis } from '../support/redis.js';
import { describeBackend } from './backend.js';
import { redisWorld } from './redis-world.js';
import { everything } from './world.js';

describe.each(['redis', 'ioredis'] as const)('through %s', (library) => {
  let server: SomeRedis;
  beforeAll(async () => {
    server = await someRedis();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  describeBackend('a Redis backend', () => redisWorld(server.connect, library), everything);
});
