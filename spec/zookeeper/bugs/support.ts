import { expect } from 'vitest';
import type { CampaignOptions, Candidacy, Election, ElectionOptions } from '../../../lib/election/election.js';
import {
  type ZooKeeperBackend,
  type ZooKeeperOptions,
  type ZooKeeperTerm,
  zookeeper,
} from '../../../lib/zookeeper/index.js';
import type { ZooKeeperLeadership } from '../../../lib/zookeeper/standing.js';
import { BareClient, text } from '../../support/bare-client.js';
import { opcode } from '../../support/frames.js';
import { type Frame, startProxy, type TcpProxy } from '../../support/proxy.js';
import { expectNoEphemeral, expectNoStrayWatch } from '../../support/tidy.js';
import { type Seen, seen } from '../../support/until.js';

export type Leading = Extract<ZooKeeperLeadership, { role: 'leader' }>;

export interface Standee {
  readonly backend: ZooKeeperBackend;
  readonly election: Election<unknown, ZooKeeperTerm>;
  readonly candidacy: Candidacy<unknown, ZooKeeperTerm>;
  readonly heard: Seen<ZooKeeperLeadership>;
  /** The next leadership that was not waited for before. */
  leads(within?: number): Promise<Leading>;
  /** The next time it follows, with so many ahead if given. */
  follows(ahead?: number): Promise<ZooKeeperLeadership>;
  /** The next time it is a candidate for this reason. */
  waits(why: string): Promise<ZooKeeperLeadership>;
}

export interface StandOptions extends Partial<ZooKeeperOptions> {
  readonly via?: TcpProxy;
  /** Stands in the session of another. */
  readonly with?: Standee;
  readonly election?: ElectionOptions;
  readonly data?: CampaignOptions['data'];
  /** Another election than that of this world. */
  readonly name?: string;
}

let worlds = 0;

/**
 * One election on a server, with everybody in it. At its end: all resign, nobody watches a path that is missing, the
 * sessions end, no znode is left; and at no instant two of them led.
 */
export class World implements AsyncDisposable {
  readonly name = `bugs/${process.pid}-${++worlds}`;
  readonly path = `/${this.name}`;
  readonly #server: { connect: string };
  readonly #backends: ZooKeeperBackend[] = [];
  readonly #candidacies: Candidacy[] = [];
  readonly #proxies: TcpProxy[] = [];
  readonly #heard: Disposable[] = [];
  #sampler: NodeJS.Timeout | undefined;
  /** The most that ever led at one instant, by name of the election. */
  #most = 0;

  constructor(server: { connect: string }) {
    this.#server = server;
  }

  async proxy(): Promise<TcpProxy> {
    const proxy = await startProxy(this.#server.connect);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** A backend with a session of 1.5 s. */
  backend({ via, ...options }: Partial<ZooKeeperOptions> & { via?: TcpProxy } = {}): ZooKeeperBackend {
    const { connect } = via ?? this.#server;
    const backend = zookeeper({ servers: connect, sessionTimeoutMs: 1_500, retryMaxMs: 200, ...options });
    this.#backends.push(backend);
    return backend;
  }

  stand(id: string, { with: other, election: chosen, data, name = this.name, ...options }: StandOptions = {}): Standee {
    const backend = other?.backend ?? this.backend(options);
    const election = backend.election(name, chosen);
    const candidacy = election.campaign({ id, data });
    if (name === this.name) this.#candidacies.push(candidacy);
    this.#sampler ??= setInterval(() => this.#sample(), 1);
    const heard = seen(candidacy.leadership$);
    this.#heard.push(heard);
    candidacy.leadership$.subscribe({ next: () => this.#sample(), error: () => undefined });
    return { backend, election, candidacy, heard, ...waits(heard) };
  }

  /** Several, one after the other, so that their order is that of the list: the first leads. */
  async line<const I extends readonly string[]>(
    ids: I,
    options: StandOptions = {},
  ): Promise<{ [K in keyof I]: Standee }> {
    const standees: Standee[] = [];
    for (const id of ids) {
      const standee = this.stand(id, options);
      standees.push(standee);
      await (standees.length === 1 ? standee.leads() : standee.follows(standees.length - 1));
    }
    return standees as { [K in keyof I]: Standee };
  }

  /** Does something with a session that knows nothing of elections. */
  async operator<T>(act: (client: BareClient) => Promise<T>): Promise<T> {
    const client = await BareClient.connect(this.#server.connect);
    try {
      return await act(client);
    } finally {
      await client.close();
    }
  }

  /** Makes the election's znode and its parent beforehand, open to everybody. */
  async create(): Promise<void> {
    await this.operator(async (client) => {
      await client.create('/bugs', '');
      await client.create(this.path, '');
    });
  }

  /** The names of all children of a path, in no order. */
  children(path = this.path): Promise<string[]> {
    return this.operator((client) => childrenOf(client, path));
  }

  /** How often the record was written: its version. */
  async claims(): Promise<number> {
    const { body } = await this.operator((client) => client.getData(this.path));
    // The data's length, the data, then the Stat: czxid, mzxid, two times, version.
    return body.readInt32BE(4 + Math.max(0, body.readInt32BE(0)) + 32);
  }

  /** Deletes a child behind everybody's back. */
  async remove(name: string): Promise<void> {
    expect(await this.operator((client) => client.delete(`${this.path}/${name}`))).toMatchObject({ error: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) proxy.forward();
    await Promise.all(this.#candidacies.map((candidacy) => candidacy.resign()));
    await expectNoStrayWatch(this.#server.connect);
    await Promise.all(this.#backends.map((backend) => backend.close()));
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    for (const heard of this.#heard) heard[Symbol.dispose]();
    clearInterval(this.#sampler);
    await expectNoEphemeral(this.#server.connect, this.path);
    expect(this.#most, 'leaders at one instant').toBeLessThanOrEqual(1);
  }

  #sample(): void {
    const leaders = this.#candidacies.filter((candidacy) => candidacy.isLeader());
    this.#most = Math.max(this.#most, leaders.length);
  }
}

function waits(heard: Seen<ZooKeeperLeadership>): Pick<Standee, 'leads' | 'follows' | 'waits'> {
  return {
    leads: async (within = 15_000) => (await heard.next(({ role }) => role === 'leader', within)) as Leading,
    follows: (ahead) =>
      heard.next((value) => value.role === 'follower' && (ahead === undefined || value.ahead === ahead), 15_000),
    waits: (why) => heard.next((value) => value.role === 'candidate' && value.why === why, 15_000),
  };
}

/** Not sorted, as the server has them. */
export async function childrenOf(client: BareClient, path: string): Promise<string[]> {
  const { error, body } = await client.request(opcode.getChildren, text(path), Buffer.from([0]));
  if (error !== 0) return [];
  const names: string[] = [];
  for (let at = 4; at < body.length; ) {
    const end = at + 4 + body.readInt32BE(at);
    names.push(body.toString('utf8', at + 4, end));
    at = end;
  }
  return names;
}

/** The place in line of a name, by the sequence at its end. */
export const sequenceOf = (name: string): number => Number(/(?:latch-|lock-|lock__)(-?\d+)$/.exec(name)?.[1]);

/** First in line first, as sequences have it. */
export const inSequence = (names: readonly string[]): string[] =>
  [...names].sort((a, b) => sequenceOf(a) - sequenceOf(b));

/** What requests pass a proxy, by opcode, from now on. */
export function countRequests(proxy: TcpProxy): Map<number, number> {
  const counts = new Map<number, number>();
  proxy.onRequest((frame, pass) => {
    if (!frame.handshake) counts.set(frame.opcode, (counts.get(frame.opcode) ?? 0) + 1);
    pass();
  });
  return counts;
}

/**
 * Catches the next request with this opcode, and whatever follows it on its connection. Resolves with how to let them
 * go, or to cut the connection so that the server never gets them.
 */
export function catchRequest(proxy: TcpProxy, code: number): Promise<{ pass(): void; cut(): void }> {
  return new Promise((resolve) => {
    const kept: (() => void)[] = [];
    let link: Frame['link'] | undefined;
    const stop = proxy.onRequest((frame, pass) => {
      if (link ? frame.link !== link : frame.opcode !== code) return pass();
      kept.push(pass);
      if (link) return;
      link = frame.link;
      resolve({ pass: () => release(stop, kept), cut: () => release(stop, [() => frame.link.destroy()]) });
    });
  });
}

function release(stop: () => void, kept: readonly (() => void)[]): void {
  stop();
  for (const pass of kept) pass();
}
