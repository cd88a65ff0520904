import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { encodeProfile, encodeRecord } from '../../lib/zookeeper/record.js';
import { BareClient, type Reply } from '../support/bare-client.js';
import { opcode } from '../support/frames.js';
import { check, endOfMulti, remove, set } from './multi.js';
import { eachOf, JOINING_AT_ONCE } from './population.js';
import { deferred, type Half, now, type Place, type Standing } from './standing.js';

/** As long as ours would be with the population's session timeout. */
const LEASE_MS = 10_000;
/** Nothing keeps these sessions alive, so they must outlive the bench. */
const SESSION_TIMEOUT_MS = 600_000;

interface Candidate {
  readonly client: BareClient;
  readonly id: string;
  readonly path: string;
}

interface Session {
  readonly client: BareClient;
  /** What to do when a znode is removed. */
  readonly removed: Map<string, () => void>;
}

/**
 * What a hand-over costs at least: bare sockets, no library, the same znodes and payloads. The leader's multi (goodbye
 * and removal) → the event at the successor → one write with two reads and the claim's multi → its answer.
 */
export class Floor implements Half {
  readonly #sessions: Promise<Session>[] = [];
  readonly #server: string;
  readonly #path: string;
  readonly #least: boolean;
  #last: string | undefined;

  /** `least`: one delete and its event, and the successor takes that for leadership. No election can do with less. */
  constructor(server: string, path: string, least = false) {
    this.#server = server;
    this.#path = path;
    this.#least = least;
  }

  async stand({ id, session, ahead }: Place): Promise<Standing> {
    this.#sessions[session] ??= open(this.#server);
    const { client, removed } = await this.#sessions[session];
    if (!ahead && !this.#last) accept(await client.create(this.#path, ''));
    const prefix = `${this.#path}/${namePrefix('curator', identityOf(randomUUID()), LEASE_MS)}`;
    const profile = encodeProfile({ id, host: hostname(), pid: process.pid });
    const { body } = accept(await client.create(prefix, Buffer.from(profile).toString(), 3));
    const path = body.subarray(4, 4 + body.readInt32BE(0)).toString();
    const watched = ahead ?? this.#last;
    this.#last = path;
    const candidate = { client, id, path };
    const led = deferred<bigint>();
    if (watched) {
      removed.set(watched, () => led.resolve(this.#least ? now() : this.#claim(candidate).then(now)));
      accept(await client.getData(watched, true));
    }
    return { znode: path, led: led.promise, settled: async () => undefined, leave: () => this.#release(candidate) };
  }

  async close(): Promise<void> {
    const sessions = await Promise.all(this.#sessions);
    for (const { removed } of sessions) removed.clear(); // Nobody claims what those who leave now leave behind.
    await eachOf(sessions.length, JOINING_AT_ONCE, (i) => sessions[i]!.client.close());
  }

  async #release({ client, id, path }: Candidate): Promise<Reply> {
    if (this.#least) return accept(await client.delete(path));
    return accept(await client.request(opcode.multi, ...this.#record(id, path, true), ...remove(path), endOfMulti));
  }

  async #claim({ client, path, id }: Candidate): Promise<void> {
    client.socket.cork();
    const answers = [
      client.getData(path, true),
      client.getData(this.#path),
      client.request(opcode.multi, ...check(path), ...this.#record(id, path, false), endOfMulti),
    ];
    client.socket.uncork();
    for (const answer of await Promise.all(answers)) accept(answer);
  }

  #record(id: string, path: string, released: boolean): Buffer[] {
    const holder = path.slice(path.lastIndexOf('/') + 1);
    const record = encodeRecord({ holder, id, leaseMs: LEASE_MS, released });
    return set(this.#path, Buffer.from(record));
  }
}

function accept(reply: Reply): Reply {
  if (reply.error !== 0) throw new Error(`the server answered ${reply.error}`);
  return reply;
}

/** A session that acts as soon as it is told of a removal. */
async function open(server: string): Promise<Session> {
  const client = await BareClient.connect(server, SESSION_TIMEOUT_MS);
  const removed = new Map<string, () => void>();
  client.socket.on('data', () => {
    for (const { body } of client.notifications.splice(0)) {
      const path = body.subarray(12).toString();
      removed.get(path)?.();
      removed.delete(path);
    }
  });
  return { client, removed };
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
