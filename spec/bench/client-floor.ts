import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { encodeProfile, encodeRecord } from '../../lib/zookeeper/record.js';
import { opcode } from '../support/frames.js';
import { call, connected, disconnected, EPHEMERAL_SEQUENTIAL, type LibraryClient, OPEN, type Op } from './library.js';
import { eachOf, JOINING_AT_ONCE, type Line } from './population.js';

const LEASE_MS = 10_000;

interface Place {
  readonly client: LibraryClient;
  readonly id: string;
  readonly path: string;
  /** Told when the one ahead is removed. */
  gone?: Promise<void>;
}

/**
 * What a hand-over costs with the client library that we build on, called by hand and with nothing around it: the same
 * requests as on bare sockets, in the same order.
 */
export class ClientFloor implements Line {
  readonly #clients: LibraryClient[];
  readonly #path: string;
  #line: Place[] = [];

  static async join(server: string, path: string, count: number, sessions: number): Promise<ClientFloor> {
    const clients: LibraryClient[] = [];
    await eachOf(sessions, JOINING_AT_ONCE, async () => void clients.push(await connected(server)));
    await call<string>((done) => clients[0]!.create(path, Buffer.alloc(0), OPEN, 0, done));
    const floor = new ClientFloor(clients, path);
    for (let i = 0; i < count; i++) await floor.#enter(clients[i % clients.length]!, `c-${i}`);
    return floor;
  }

  private constructor(clients: LibraryClient[], path: string) {
    this.#clients = clients;
    this.#path = path;
  }

  async handOver(): Promise<number> {
    const [leader, next] = this.#line as [Place, Place];
    const from = performance.now();
    const gone = this.#commit(leader, [
      this.#record(leader, true),
      { type: opcode.delete, path: leader.path, version: -1 },
    ]);
    await next.gone;
    await this.#claim(next);
    const took = performance.now() - from;
    await gone;
    this.#line = this.#line.slice(1);
    await this.#enter(leader.client, leader.id);
    return took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await eachOf(this.#clients.length, JOINING_AT_ONCE, (i) => disconnected(this.#clients[i]!));
  }

  async #enter(client: LibraryClient, id: string): Promise<void> {
    const prefix = `${this.#path}/${namePrefix('curator', identityOf(randomUUID()), LEASE_MS)}`;
    const profile = Buffer.from(encodeProfile({ id, host: hostname(), pid: process.pid }));
    const path = await call<string>((done) => client.create(prefix, profile, OPEN, EPHEMERAL_SEQUENTIAL, done));
    const ahead = this.#line.at(-1);
    const place: Place = { client, id, path };
    this.#line.push(place);
    if (ahead)
      await call((done) => (place.gone = new Promise((told) => client.getData(ahead.path, () => told(), done))));
  }

  async #claim(place: Place): Promise<void> {
    const { client, path } = place;
    const { socket } = client.connectionManager;
    socket?.cork();
    const answers = [
      call((done) => client.getData(path, () => undefined, done)),
      call((done) => client.getData(this.#path, undefined, done)),
      this.#commit(place, [{ type: opcode.check, path, version: -1 }, this.#record(place, false)]),
    ];
    socket?.uncork();
    await Promise.all(answers);
  }

  #commit({ client }: Place, ops: Op[]): Promise<unknown> {
    const transaction = client.transaction();
    transaction.ops.push(...ops);
    return call((done) => transaction.commit(done));
  }

  #record({ path, id }: Place, released: boolean): Op {
    const holder = path.slice(path.lastIndexOf('/') + 1);
    const data = Buffer.from(encodeRecord({ holder, id, leaseMs: LEASE_MS, released }));
    return { type: opcode.setData, path: this.#path, data, version: -1 };
  }
}
