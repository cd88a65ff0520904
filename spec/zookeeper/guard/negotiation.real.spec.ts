import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { startProxy } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import { join, WITHIN_MS } from './support.js';

describe('the negotiated timeout', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => {
    server = await startZooKeeper({ minSessionTimeoutMs: 600, maxSessionTimeoutMs: 1200 });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each([
    [60_000, 1200],
    [1000, 1000],
    [200, 600],
  ])('8: of %i ms asked for becomes %i, and what follows from it follows', async (sessionTimeoutMs, negotiated) => {
    await using client = join({ servers: server.connect, sessionTimeoutMs });
    const { timings } = await client.session();
    expect(timings).toMatchObject({
      sessionTimeoutMs: negotiated,
      leaseMs: Math.floor(negotiated / 3),
      heartbeatMs: Math.floor(negotiated / 6),
      connectTimeoutMs: Math.floor(negotiated / 3),
    });
    expect(timings.heartbeatMs + timings.silenceMs).toBeLessThan(negotiated);
  });

  it.each([
    ['leaseMs', { leaseMs: 1200 }],
    ['heartbeatMs', { heartbeatMs: 1000, silenceMs: 300 }],
    ['connectTimeoutMs', { connectTimeoutMs: 5000 }],
  ])(
    '8: that no longer fits the given %s is a terminal error that tells both timeouts, and leaves no session',
    async (option, given) => {
      await using proxy = await startProxy(server.connect);
      await using client = join({ servers: proxy.connect, sessionTimeoutMs: 30_000, ...given });
      await until(() => client.sessions.error, { within: WITHIN_MS });
      const error = client.sessions.error as Error;
      expect(error).toMatchObject({ code: 'INVALID_OPTION', option, retriable: false });
      expect(error.message).toMatch(/1200 ms.*30000 ms/);
      await until(() => proxy.open === 0);
      expect(client.sessions.values).toEqual([undefined]);
    },
  );

  it('8: given durations that still fit are kept', async () => {
    const given = { leaseMs: 500, heartbeatMs: 100, silenceMs: 200, connectTimeoutMs: 700 };
    await using client = join({ servers: server.connect, sessionTimeoutMs: 30_000, ...given });
    expect((await client.session()).timings).toEqual({ sessionTimeoutMs: 1200, ...given });
  });
});

it('rule 12: the library is pinned to the version that is guarded here, and that one is installed', async () => {
  const ours = JSON.parse(await readFile('package.json', 'utf8'));
  const theirs = createRequire(import.meta.url)('node-zookeeper-client/package.json');
  expect([ours.dependencies['node-zookeeper-client'], theirs.version]).toEqual(['1.1.3', '1.1.3']);
});
