import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { encodeProfile, encodeRecord } from '../../lib/zookeeper/record.js';
import { opcode } from '../support/frames.js';
import { call, connected, disconnected, EPHEMERAL_SEQUENTIAL, type LibraryClient, OPEN, type Op } from './library.js';
import { eachOf, JOINING_AT_ONCE } from './population.js';
import { deferred, type Half, now, type Place, type Standing } from './standing.js';

const LEASE_MS = 10_000;

interface Candidate {
  readonly client: LibraryClient;
  readonly id: string;
  readonly path: string;
}

/**
 * What a hand-over costs with the client library that we build on, called by hand and with nothing around it: the same
 * requests as on bare sockets, in the same order.
 */
export class ClientFloor implements Half {
  readonly #clients: Promise<LibraryClient>[] = [];
  readonly #server: string;
  readonly #path: string;
  #last: string | undefined;

  constructor(server: string, path: string) {
    this.#server = server;
    this.#path = path;
  }

  async stand({ id, session, ahead }: Place): Promise<Standing> {
    this.#clients[session] ??= connected(this.#server);
    const client = await this.#clients[session];
    if (!ahead && !this.#last) await call<string>((done) => client.create(this.#path, Buffer.alloc(0), OPEN, 0, done));
    const prefix = `${this.#path}/${namePrefix('curator', identityOf(randomUUID()), LEASE_MS)}`;
    const profile = Buffer.from(encodeProfile({ id, host: hostname(), pid: process.pid }));
    const path = await call<string>((done) => client.create(prefix, profile, OPEN, EPHEMERAL_SEQUENTIAL, done));
    const watched = ahead ?? this.#last;
    this.#last = path;
    const candidate = { client, id, path };
    const led = deferred<bigint>();
    if (watched)
      await call((done) => client.getData(watched, () => led.resolve(this.#claim(candidate).then(now)), done));
    return { znode: path, led: led.promise, settled: async () => undefined, leave: () => this.#leave(candidate) };
  }

  async close(): Promise<void> {
    const clients = await Promise.all(this.#clients);
    await eachOf(clients.length, JOINING_AT_ONCE, (i) => disconnected(clients[i]!));
  }

  #leave(candidate: Candidate): Promise<unknown> {
    const removed = { type: opcode.delete, path: candidate.path, version: -1 };
    return this.#commit(candidate, [this.#record(candidate, true), removed]);
  }

  async #claim(candidate: Candidate): Promise<void> {
    const { client, path } = candidate;
    const { socket } = client.connectionManager;
    socket?.cork();
    const answers = [
      call((done) => client.getData(path, () => undefined, done)),
      call((done) => client.getData(this.#path, undefined, done)),
      this.#commit(candidate, [{ type: opcode.check, path, version: -1 }, this.#record(candidate, false)]),
    ];
    socket?.uncork();
    await Promise.all(answers);
  }

  #commit({ client }: Candidate, ops: Op[]): Promise<unknown> {
    const transaction = client.transaction();
    transaction.ops.push(...ops);
    return call((done) => transaction.commit(done));
  }

  #record({ path, id }: Candidate, released: boolean): Op {
    const holder = path.slice(path.lastIndexOf('/') + 1);
    const data = Buffer.from(encodeRecord({ holder, id, leaseMs: LEASE_MS, released }));
    return { type: opcode.setData, path: this.#path, data, version: -1 };
  }
}
