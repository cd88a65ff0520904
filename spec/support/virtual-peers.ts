/**
 * Groups of nodes in one process, in virtual time and on a network without wires. Time passes as fast as the machine
 * lets it, so that nobody is ever too slow for a lease; no spec may measure it by the machine's clocks.
 */
import { of, Subject } from 'rxjs';
import type { Backend } from '../../lib/election/election.js';
import { type Clock, silent } from '../../lib/options.js';
import { peerBackend } from '../../lib/peers/backend.js';
import type { NodeId } from '../../lib/peers/machine.js';
import type { Network, Received } from '../../lib/peers/network.js';
import { memoryStore } from '../../lib/peers/store.js';
import { Timeline, VirtualProcess } from '../../lib/sim/virtual-time.js';
import type { World } from '../conformance/world.js';
import type { ProtocolOf } from './peers.js';

const LATENCY_MS = 1;
const GROUP = ['n1', 'n2', 'n3', 'n4', 'n5'];

/** Five members, on from the start, handed out one by one; to more than five participants once more. */
export async function virtualWorld(protocol: ProtocolOf): Promise<World> {
  const timeline = new Timeline();
  const clock = new VirtualProcess(timeline, { base: 0, rate: 1 });
  const networkOf = networkOn(timeline);
  const all = GROUP.map((self) => backendOf(protocol, clock, networkOf(self)));
  const connections = all.map((backend) => backend.connection$.subscribe());
  const stop = goOn(timeline);
  let count = 0;
  return {
    // Between two looks of a spec whole minutes may pass; its own time limit is real.
    patienceMs: 3_600_000,
    clock,
    backend: async () => all[count++ % all.length] as Backend,
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.unsubscribe();
      await Promise.all(all.map((backend) => backend.close()));
      stop();
    },
  };
}

/** One thing after the other, and after each whatever it has made possible. */
function goOn(timeline: Timeline): () => void {
  let next: NodeJS.Immediate;
  const once = () => {
    timeline.goOn(Number.POSITIVE_INFINITY);
    next = setImmediate(once);
  };
  next = setImmediate(once);
  return () => clearImmediate(next);
}

function backendOf(protocol: ProtocolOf, clock: Clock, network: Network): Backend {
  const timings = { graceMs: 300, tellMs: 500, maxElections: 100 };
  const options = { clock, logger: silent, random: Math.random, weight: 0, network: () => network, store: memoryStore };
  return peerBackend(protocol(network.self, GROUP), { ...timings, ...options });
}

function networkOn(timeline: Timeline): (self: NodeId) => Network {
  const inboxes = new Map(GROUP.map((id) => [id, new Subject<Received>()]));
  return (self) => {
    const others = GROUP.filter((id) => id !== self);
    return {
      self,
      peers$: of(others),
      reachable$: of(new Set(others)),
      received$: inboxes.get(self) as Subject<Received>,
      send(to, message) {
        const text = JSON.stringify(message);
        timeline.at(timeline.now + LATENCY_MS, () => inboxes.get(to)?.next({ from: self, message: JSON.parse(text) }));
      },
      close: async () => undefined,
    };
  };
}
