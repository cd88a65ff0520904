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
  keepAliveMs: 200,
  silenceMs: 2_000,
  retryMinMs: 10,
  retryMaxMs: 50,
  secret: SECRET,
} as const;

type AnyProtocol = Protocol<never, never, never>;
/** The protocol of one node, among these. */
export type ProtocolOf = (self: NodeId, group: readonly NodeId[]) => AnyProtocol;

/** Why a backend of peers cannot be made to lose its place by its store. */
export const forgetful = { absent: 'there is no store that could forget one of its nodes' };

/** Nodes, and who they are. Discovery tells everybody of each newcomer. */
export class Group implements AsyncDisposable {
  readonly cuts = new Cuts();
  readonly #peers$ = new BehaviorSubject<readonly Peer[]>([]);
  readonly #nodes = new Map<Backend, NodeId>();

  /** `isFixed`: nodes know those alone that were there when they were made. */
  constructor(
    readonly protocol: ProtocolOf,
    readonly isFixed = false,
  ) {}

  /** Adds nodes all at once. They take part from their first use. */
  async add(...ids: NodeId[]): Promise<Backend[]> {
    const peers: Peer[] = [];
    for (const id of ids) peers.push({ id, host: '127.0.0.1', port: await freePort() });
    this.#peers$.next([...this.#peers$.value, ...peers]);
    return peers.map((peer) => this.#make(peer));
  }

  async join(id: NodeId): Promise<Backend> {
    const [backend] = await this.add(id);
    return backend as Backend;
  }

  idOf(backend: Backend): NodeId {
    return this.#nodes.get(backend) as NodeId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((backend) => backend.close()));
  }

  #make({ id, host, port }: Peer): Backend {
    const peers = this.isFixed ? this.#peers$.value : this.#peers$;
    const network = () => this.cuts.through(tcp({ ...quick, self: id, peers, listen: `${host}:${port}` }));
    const options = { clock: systemClock, logger: silent, random: Math.random, weight: 0 };
    const timings = { graceMs: 300, tellMs: 500, maxElections: 100 };
    const group = this.#peers$.value.map((peer) => peer.id);
    const protocol = this.protocol(id, group);
    const backend = peerBackend(protocol, { ...options, ...timings, network, store: memoryStore });
    this.#nodes.set(backend, id);
    return backend;
  }
}

/** A world for the conformance suite: `always` are on from the start, and every participant is a newcomer. */
export async function growingWorld(
  protocol: ProtocolOf,
  patienceMs: number,
  always: readonly NodeId[] = [],
): Promise<World> {
  const group = new Group(protocol);
  const connections = (await group.add(...always)).map((backend) => backend.connection$.subscribe());
  let count = 0;
  const next = () => {
    count += 1;
    return group.join(`n${count}`);
  };
  return worldOf(group, next, patienceMs, () => {
    for (const connection of connections) connection.unsubscribe();
  });
}

/**
 * The same for protocols whose members are fixed: all five are on from the start, and handed out one by one,
 * and to more than five participants once more.
 */
export async function fixedWorld(protocol: ProtocolOf, patienceMs: number): Promise<World> {
  const group = new Group(protocol, true);
  const all = await group.add('n1', 'n2', 'n3', 'n4', 'n5');
  const connections = all.map((backend) => backend.connection$.subscribe());
  let count = 0;
  const next = async () => {
    count += 1;
    return all[(count - 1) % all.length] as Backend;
  };
  return worldOf(group, next, patienceMs, () => {
    for (const connection of connections) connection.unsubscribe();
  });
}

function worldOf(group: Group, backend: () => Promise<Backend>, patienceMs: number, end: () => void): World {
  const cut = async (one: Backend) => group.cuts.cut(group.idOf(one));
  return {
    ...{ patienceMs, backend, cut, crash: cut },
    heal: async (one) => group.cuts.heal(group.idOf(one)),
    async [Symbol.asyncDispose]() {
      end();
      await group[Symbol.asyncDispose]();
    },
  };
}
