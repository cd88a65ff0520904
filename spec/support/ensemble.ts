import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './until.js';
import { Wiring } from './wiring.js';
import { prepareServer, type ServerOptions, type ZooKeeperServer } from './zookeeper.js';

export interface EnsembleOptions extends Omit<ServerOptions, 'dataDir' | 'port'> {
  /** Default 3. */
  servers?: number;
  /** Ticks a server may take to join. Default 50. */
  initLimit?: number;
  /** Ticks of silence after which leader and follower give each other up. Default 20. */
  syncLimit?: number;
}

/** Starts an ensemble on 127.0.0.1 and waits until every server serves. */
export async function startEnsemble(options: EnsembleOptions = {}): Promise<Ensemble> {
  const { servers: count = 3, ...rest } = options;
  const wiring = await Wiring.create(count);
  const servers: ZooKeeperServer[] = [];
  const ensemble = new Ensemble(servers, wiring);
  try {
    while (servers.length < count) servers.push(await prepareMember(servers.length, wiring, rest));
    await Promise.all(servers.map((server) => server.start()));
    return ensemble;
  } catch (error) {
    await ensemble[Symbol.asyncDispose]();
    throw error;
  }
}

async function prepareMember(member: number, wiring: Wiring, options: EnsembleOptions): Promise<ZooKeeperServer> {
  const { initLimit = 50, syncLimit = 20, config, ...rest } = options;
  const server = await prepareServer({ ...rest, config: { initLimit, syncLimit, ...config, ...wiring.lines(member) } });
  await writeFile(join(server.dataDir, 'myid'), `${member + 1}\n`);
  return server;
}

/** ZooKeeper servers in one quorum, whose wires to each other run through proxies of ours. */
export class Ensemble implements AsyncDisposable {
  readonly servers: readonly ZooKeeperServer[];
  readonly #wiring: Wiring;

  constructor(servers: readonly ZooKeeperServer[], wiring: Wiring) {
    this.servers = servers;
    this.#wiring = wiring;
  }

  /** All servers, comma separated. */
  get connect(): string {
    return this.servers.map((server) => server.connect).join(',');
  }

  /** Who leads; waits until somebody does. While servers are cut off an old leader may still say so: see `leaders`. */
  leader(): Promise<ZooKeeperServer> {
    return until(async () => (await this.leaders())[0], { within: 20_000, describe: 'a server that leads' });
  }

  /** Every server that says at this moment that it leads. */
  leaders(): Promise<ZooKeeperServer[]> {
    return this.#inMode('leader');
  }

  /** Every server that follows, once there is a leader. */
  async followers(): Promise<ZooKeeperServer[]> {
    await this.leader();
    return this.#inMode('follower');
  }

  /** Waits until every running server serves again. */
  async settled(): Promise<void> {
    await Promise.all(this.servers.filter((server) => server.running).map((server) => server.serving()));
  }

  /**
   * Cuts a server off from all others. Its clients keep their connections, until it notices (`syncLimit` ticks) and
   * stops serving. 'silent' is a dead network: no side is told. 'reset' is a network that refuses.
   */
  isolate(server: ZooKeeperServer, how: 'silent' | 'reset' = 'silent'): void {
    for (const wire of this.#wiring.of(this.servers.indexOf(server))) {
      if (how === 'silent') wire.hold();
      else wire.refuse();
    }
  }

  /** Cuts two servers off from each other in silence; both still reach the third. */
  part(one: ZooKeeperServer, other: ZooKeeperServer): void {
    const [from, to] = [this.servers.indexOf(one), this.servers.indexOf(other)];
    for (const wire of this.#wiring.of(from, [to])) wire.hold();
  }

  /** Mends what `isolate` and `part` have cut; the server joins again by itself. What was held arrives late. */
  heal(server: ZooKeeperServer): void {
    for (const wire of this.#wiring.of(this.servers.indexOf(server))) wire.forward();
  }

  /** Of the proxies between a server and all others. */
  portsOf(server: ZooKeeperServer): number[] {
    return this.#wiring.of(this.servers.indexOf(server)).map(({ port }) => port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
    await this.#wiring[Symbol.asyncDispose]();
  }

  async #inMode(mode: string): Promise<ZooKeeperServer[]> {
    const modes = await Promise.all(this.servers.map((server) => server.mode()));
    return this.servers.filter((_, index) => modes[index] === mode);
  }
}
