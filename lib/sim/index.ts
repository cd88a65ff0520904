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
/** Those of the server: `Fault` and `Input` are the machines'. */
export type { Fault as ServerFault, Input as ServerInput } from '../zookeeper-server/index.js';
export type { Effect, Input, Machine, NodeId, PeerEvent, Standing, Statistics, View } from '../peers/machine.js';
export { drawFaults, type Fault, type FaultKind, type FaultPlan, faultKinds } from './machine-faults.js';
export {
  type Counts,
  type Law,
  type Leadership,
  type Report,
  type Setting,
  type SimulatedNetwork,
  type Simulation,
  simulate,
  type Violation,
} from './machines.js';
export { type NetworkSimulation, type NetworkSimulationOptions, simulateNetwork } from './network.js';
export type { Network, Received } from '../peers/network.js';
export { type Random, seeded } from './random.js';
