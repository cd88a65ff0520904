import { afterAll, beforeAll } from 'vitest';
import { redisWorld } from '../conformance/redis-world.js';
import { type SomeRedis, someRedis } from '../support/redis.js';
import { describeLocks } from './suite.js';

let server: SomeRedis;
beforeAll(async () => {
  server = await someRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

describeLocks('Redis', () => redisWorld(server.connect, 'redis'));
