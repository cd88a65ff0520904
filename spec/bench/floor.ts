import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { encodeProfile, encodeRecord } from '../../lib/zookeeper/record.js';
import { BareClient, int, type Reply, text } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';
import { eachOf, JOINING_AT_ONCE, type Line } from './population.js';

/** As long as ours would be with the population's session timeout. */
const LEASE_MS = 10_000;
/** Nothing keeps these sessions alive, so they must outlive the bench. */
const SESSION_TIMEOUT_MS = 600_000;

interface Place {
  readonly client: BareClient;
  readonly id: string;
  path: string;
}

/**
 * What a hand-over costs at least: bare sockets, no library, the same znodes and payloads. The leader's multi (goodbye
 * and removal) → the event at the successor → one write with two reads and the claim's multi → its answer.
 */
export class Floor implements Line {
  readonly #clients: BareClient[];
  readonly #path: string;
  #line: Place[] = [];

  static async join(server: string, path: string, count: number, sessions: number): Promise<Floor> {
    const clients: BareClient[] = [];
    const connect = async () => void clients.push(await BareClient.connect(server, SESSION_TIMEOUT_MS));
    await eachOf(sessions, JOINING_AT_ONCE, connect);
    const floor = new Floor(clients, path);
    accept(await clients[0]!.create(path, ''));
    for (let i = 0; i < count; i++) await floor.#enter(clients[i % clients.length]!, `c-${i}`);
    return floor;
  }

  private constructor(clients: BareClient[], path: string) {
    this.#clients = clients;
    this.#path = path;
  }

  async handOver(): Promise<number> {
    const [leader, next] = this.#line as [Place, Place];
    const told = removal(next.client, leader.path);
    const from = performance.now();
    const gone = this.#release(leader);
    await told;
    const [, , claimed] = await this.#claim(next);
    const took = performance.now() - from;
    accept(claimed!);
    accept(await gone);
    this.#line = this.#line.slice(1);
    await this.#enter(leader.client, leader.id);
    return took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await eachOf(this.#clients.length, JOINING_AT_ONCE, async (i) => this.#clients[i]?.close());
  }

  async #enter(client: BareClient, id: string): Promise<void> {
    const prefix = `${this.#path}/${namePrefix('curator', identityOf(randomUUID()), LEASE_MS)}`;
    const profile = encodeProfile({ id, host: hostname(), pid: process.pid });
    const { body } = accept(await client.create(prefix, Buffer.from(profile).toString(), 3));
    const ahead = this.#line.at(-1);
    this.#line.push({ client, id, path: body.subarray(4, 4 + body.readInt32BE(0)).toString() });
    if (ahead) accept(await client.getData(ahead.path, true));
  }

  #release(leader: Place): Promise<Reply> {
    return leader.client.request(opcode.multi, ...this.#record(leader, true), ...remove(leader.path), endOfMulti);
  }

  #claim({ client, path, id }: Place): Promise<Reply[]> {
    client.socket.cork();
    const answers = Promise.all([
      client.getData(path, true),
      client.getData(this.#path),
      client.request(opcode.multi, ...check(path), ...this.#record({ path, id }, false), endOfMulti),
    ]);
    client.socket.uncork();
    return answers;
  }

  #record({ path, id }: Pick<Place, 'path' | 'id'>, released: boolean): Buffer[] {
    const holder = path.slice(path.lastIndexOf('/') + 1);
    const record = encodeRecord({ holder, id, leaseMs: LEASE_MS, released });
    return [header(opcode.setData), text(this.#path), text(Buffer.from(record)), anyVersion];
  }
}

const anyVersion = int(-1);
const header = (code: number): Buffer => Buffer.concat([int(code), Buffer.from([0]), int(-1)]);
const endOfMulti = Buffer.concat([int(-1), Buffer.from([1]), int(-1)]);
const check = (path: string): Buffer[] => [header(opcode.check), text(path), anyVersion];
const remove = (path: string): Buffer[] => [header(opcode.delete), text(path), anyVersion];

function accept(reply: Reply): Reply {
  if (reply.error !== 0) throw new Error(`the server answered ${reply.error}`);
  return reply;
}

/** Resolves with the event that tells this client of the removal of `path`. */
export function removal({ socket, notifications }: BareClient, path: string): Promise<void> {
  notifications.length = 0;
  return new Promise((resolve) => {
    const look = () => {
      if (!notifications.some(({ body }) => body.subarray(12).toString() === path)) return;
      socket.off('data', look);
      resolve();
    };
    socket.on('data', look);
  });
}
