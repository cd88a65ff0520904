/**
 * `succession/testing`: what tests of elections need, and of anything else that talks to ZooKeeper.
 *
 * ```ts
 * import { expect, it, vi } from 'vitest';
 * import { EmbeddedZooKeeper } from 'succession/testing';
 * import { zookeeper } from 'succession/zookeeper';
 *
 * it('leads', async () => {
 *   await using zk = await EmbeddedZooKeeper.start();
 *   await using backend = zookeeper({ servers: zk.connectString, sessionTimeoutMs: 1_000 });
 *   const candidacy = backend.election('jobs').campaign({ id: 'a' });
 *   await vi.waitUntil(() => candidacy.isLeader());
 *   expect(zk.dump()).toContain('jobs');
 * });
 * ```
 */
export * from '../zookeeper-server/index.js';
