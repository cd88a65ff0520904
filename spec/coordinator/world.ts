/** Where the specs of roles run: on the embedded server, or on an ensemble of three real ones. The same bodies, on both. */
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { type Frame, startProxy, type TcpProxy } from '../support/proxy.js';
import { type Ensemble, startEnsemble } from '../support/zookeeper.js';
import { type Identity, Wire } from '../zookeeper-server/wire.js';

export interface World extends AsyncDisposable {
  /** For whoever may be anywhere. */
  readonly connect: string;
  /** One server: for a proxy in front of it. */
  readonly one: string;
  /** The server ends this session, as if it had not heard of its client for too long. */
  expire(session: bigint): Promise<void>;
}

export async function embedded(): Promise<World> {
  const zk = await EmbeddedZooKeeper.start();
  return {
    connect: zk.connectString,
    one: zk.connectString,
    expire: async (session) => void zk.faults.expire(session),
    [Symbol.asyncDispose]: () => zk[Symbol.asyncDispose](),
  };
}

/** Three servers, each behind a proxy that remembers the passwords of sessions: who knows one may end its session. */
export class RealWorld implements World {
  readonly ensemble: Ensemble;
  readonly #doors: readonly TcpProxy[];
  readonly #known = new Map<bigint, Buffer>();

  static async start(): Promise<RealWorld> {
    const ensemble = await startEnsemble();
    return new RealWorld(ensemble, await Promise.all(ensemble.servers.map(({ connect }) => startProxy(connect))));
  }

  private constructor(ensemble: Ensemble, doors: readonly TcpProxy[]) {
    this.ensemble = ensemble;
    this.#doors = doors;
    for (const door of doors)
      door.onReply((frame, pass) => {
        if (frame.handshake) this.#remember(frame);
        pass();
      });
  }

  get connect(): string {
    return this.each.join(',');
  }

  get one(): string {
    return this.each[0]!;
  }

  /** The servers, one by one. */
  get each(): readonly string[] {
    return this.#doors.map(({ connect }) => connect);
  }

  /** Goes on with the session on a connection of our own, and closes it there. */
  async expire(session: bigint): Promise<void> {
    const identity: Identity = { session, password: this.#known.get(session)! };
    const wire = await Wire.open(this.ensemble.servers[2]!.connect, identity);
    await wire.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#doors.map((door) => door[Symbol.asyncDispose]()));
    await this.ensemble[Symbol.asyncDispose]();
  }

  /** ConnectResponse, behind its length => protocolVersion timeOut sessionId passwd */
  #remember({ bytes }: Frame): void {
    this.#known.set(bytes.readBigInt64BE(12), Buffer.from(bytes.subarray(24, 40)));
  }
}
