/** Groups of nodes in one process, over real TCP, with wires that can be cut. */
import { BehaviorSubject, combineLatest, filter, map, type Observable } from 'rxjs';
import type { Backend } from '../../lib/election/election.js';
import { silent, systemClock } from '../../lib/options.js';
import { peerBackend } from '../../lib/peers/backend.js';
import type { NodeId } from '../../lib/peers/machine.js';
import type { Network } from '../../lib/peers/network.js';
import type { Protocol } from '../../lib/peers/protocol.js';
import { memoryStore } from '../../lib/peers/store.js';
import { type Peer, tcp } from '../../lib/peers/tcp.js';
import type { World } from '../conformance/world.js';
import { freePort } from './ports.js';

export const SECRET = 'for specs and nothing else';

/** Between nodes that are cut off and those that are not nothing passes, and both notice. */
export class Cuts {
  readonly #cut$ = new BehaviorSubject<ReadonlySet<NodeId>>(new Set());

  cut(id: NodeId): void {
    this.#cut$.next(new Set([...this.#cut$.value, id]));
  }

  heal(id: NodeId): void {
    this.#cut$.next(new Set([...this.#cut$.value].filter((other) => other !== id)));
  }

  /** The same network, behind the cuts. */
  through(network: Network): Network {
    const { self } = network;
    const passes = (other: NodeId, cut = this.#cut$.value) => !cut.has(self) && !cut.has(other);
    return {
      ...network,
      reachable$: combineLatest([network.reachable$, this.#cut$]).pipe(
        map(([reachable, cut]) => new Set([...reachable].filter((id) => passes(id, cut)))),
      ) as Observable<ReadonlySet<NodeId>>,
      received$: network.received$.pipe(filter(({ from }) => passes(from))),
      send: (to, message) => {
        if (passes(to)) network.send(to, message);
      },
    };
  }
}

/** Small timings: everything happens within some tens of milliseconds. */
export const quick = {
  heartbeatMs: 200,
  silenceMs: 2_000,
  retryMinMs: 10,
  retryMaxMs: 50,
  secret: SECRET,
} as const;

/** A group that grows: discovery tells everybody of each newcomer. */
export class Group implements AsyncDisposable {
  readonly peers$ = new BehaviorSubject<readonly Peer[]>([]);
  readonly cuts = new Cuts();
  readonly #nodes = new Map<Backend, NodeId>();

  constructor(readonly protocol: (self: NodeId) => Protocol<never, never, never>) {}

  async join(id: NodeId): Promise<Backend> {
    const peer = { id, host: '127.0.0.1', port: await freePort() };
    this.peers$.next([...this.peers$.value, peer]);
    const network = () =>
      this.cuts.through(tcp({ ...quick, self: id, peers: this.peers$, listen: `127.0.0.1:${peer.port}` }));
    const options = { clock: systemClock, logger: silent, random: Math.random, weight: 0 };
    const timings = { graceMs: 300, tellMs: 500, maxElections: 100 };
    const backend = peerBackend(this.protocol(id), { ...options, ...timings, network, store: memoryStore });
    this.#nodes.set(backend, id);
    return backend;
  }

  idOf(backend: Backend): NodeId {
    return this.#nodes.get(backend) as NodeId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((backend) => backend.close()));
  }
}

/** A world for the conformance suite: `voters` that are always on, and a node of its own for each participant. */
export async function peersWorld(
  protocol: (self: NodeId) => Protocol<never, never, never>,
  voters: readonly NodeId[],
  patienceMs: number,
): Promise<World> {
  const group = new Group(protocol);
  const always = await Promise.all(voters.map((id) => group.join(id)));
  const connections = always.map((backend) => backend.connection$.subscribe());
  let count = 0;
  return {
    patienceMs,
    backend() {
      count += 1;
      return group.join(`n${count}`);
    },
    crash: async (backend) => group.cuts.cut(group.idOf(backend)),
    cut: async (backend) => group.cuts.cut(group.idOf(backend)),
    heal: async (backend) => group.cuts.heal(group.idOf(backend)),
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.unsubscribe();
      await group[Symbol.asyncDispose]();
    },
  };
}
