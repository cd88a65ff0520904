/** The embedded ZooKeeper in the clothes of the real one of `zookeeper.ts`: what a spec may do to a server. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedZooKeeper, type Member } from '../../lib/zookeeper-server/index.js';
import * as fourLetters from './four-letter.js';
import { createCertificates } from './tls.js';
import type { ServerOptions, Tls } from './zookeeper.js';

type EmbeddableOptions = Pick<ServerOptions, 'tickMs' | 'minSessionTimeoutMs' | 'maxSessionTimeoutMs' | 'secure'>;

/** Starts one. What else the options say is for a real server, and changes nothing here. */
export async function startEmbedded({ secure, ...options }: EmbeddableOptions = {}): Promise<EmbeddedServer> {
  const limits = { maxSessionTimeoutMs: 600_000, ...options };
  const plain = await EmbeddedZooKeeper.start(limits);
  return new EmbeddedServer(plain, secure ? await startSecure(limits) : undefined);
}

export class EmbeddedServer implements AsyncDisposable {
  readonly #zk: EmbeddedZooKeeper;
  readonly #secure: Secure | undefined;
  #data: 'kept' | 'lost' = 'kept';

  constructor(zk: EmbeddedZooKeeper, secure?: Secure) {
    this.#zk = zk;
    this.#secure = secure;
  }

  get connect(): string {
    return this.#zk.connectString;
  }

  get port(): number {
    return this.#zk.port;
  }

  /** Of a server started with `secure`: it has a tree of its own. */
  get tls(): Tls {
    if (!this.#secure) throw new Error(`the server on ${this.connect} was not started with secure: true`);
    return this.#secure.tls;
  }

  async start(): Promise<this> {
    await this.#zk.restart({ data: this.#data });
    this.#data = 'kept';
    return this;
  }

  stop(): Promise<void> {
    return this.#zk.stop();
  }

  /** It has no process of its own, so to its clients this is the same as `stop`: their sockets are gone. */
  kill(): Promise<void> {
    return this.#zk.stop();
  }

  /** Forgets everything, sessions too, with the next start. */
  async wipe(): Promise<void> {
    this.#data = 'lost';
  }

  /** Gives the next sequential children of these paths these numbers. */
  presetSequences(numbers: readonly (readonly [path: string, next: number])[]): void {
    for (const [path, next] of numbers)
      if (this.#zk.faults.jumpSequence(path, next).fired === 0) throw new Error(`there is no ${path}`);
  }

  watches(): Promise<number> {
    return fourLetters.watchesOf(this.connect);
  }

  watchers(): Promise<Map<string, string[]>> {
    return fourLetters.watchersOf(this.connect);
  }

  ephemerals(): Promise<string[]> {
    return fourLetters.ephemeralsOf(this.connect);
  }

  sessions(): Promise<string[]> {
    return fourLetters.sessionsOf(this.connect);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#zk[Symbol.asyncDispose](), this.#secure?.zk[Symbol.asyncDispose]()]);
  }
}

/** Several endpoints of one tree. The first plays the leader's part. */
export class EmbeddedEnsemble implements AsyncDisposable {
  readonly #zk: EmbeddedZooKeeper;

  static async start(servers = 3): Promise<EmbeddedEnsemble> {
    return new EmbeddedEnsemble(await EmbeddedZooKeeper.ensemble(servers, { maxSessionTimeoutMs: 600_000 }));
  }

  private constructor(zk: EmbeddedZooKeeper) {
    this.#zk = zk;
  }

  get servers(): readonly EmbeddedPeer[] {
    return this.#zk.members.map((member) => ({ connect: member.connectString, member }));
  }

  async leader(): Promise<EmbeddedPeer> {
    return this.servers[0]!;
  }

  async followers(): Promise<readonly EmbeddedPeer[]> {
    return this.servers.slice(1);
  }

  isolate({ member }: EmbeddedPeer): void {
    member.cutOff();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#zk[Symbol.asyncDispose]();
  }
}

export interface EmbeddedPeer {
  readonly connect: string;
  readonly member: Member;
}

interface Secure {
  readonly zk: EmbeddedZooKeeper;
  readonly tls: Tls;
}

async function startSecure(limits: EmbeddableOptions): Promise<Secure> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  try {
    const { ca, cert, key, files } = await createCertificates(folder);
    const own = await readFile(files.server);
    const zk = await EmbeddedZooKeeper.start({ ...limits, tls: { cert: own, key: own, ca } });
    return { zk, tls: { connect: zk.connectString, port: zk.port, ca, cert, key } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
