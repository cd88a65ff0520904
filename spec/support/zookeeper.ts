import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fourLetters from './four-letter.js';
import { hasServers, startJvm } from './java.js';
import { freePort, listens } from './ports.js';
import { type Certificates, createCertificates } from './tls.js';
import { until } from './until.js';

export { type Ensemble, type EnsembleOptions, startEnsemble } from './ensemble.js';

export interface ServerOptions {
  /** ZooKeeper's tick. Sessions end up to one tick late. Default 100. */
  tickMs?: number;
  /** Default two ticks. */
  minSessionTimeoutMs?: number;
  /** Default 600 000. */
  maxSessionTimeoutMs?: number;
  /** Where its data lies; kept when given, else a folder of its own, removed in the end. */
  dataDir?: string;
  port?: number;
  /** More flags for the JVM, such as `-Djute.maxbuffer=…`. */
  jvm?: readonly string[];
  /** More lines of zoo.cfg; also replaces ours. */
  config?: Readonly<Record<string, string | number>>;
  /** Also listens for TLS clients, who must show a certificate: `server.tls`. */
  secure?: boolean;
}

/** What a TLS client needs: where to connect, whom to trust (PEM), and its own certificate and key (PEM). */
export interface Tls extends Pick<Certificates, 'ca' | 'cert' | 'key'> {
  readonly connect: string;
  readonly port: number;
}

/** Starts one standalone ZooKeeper on 127.0.0.1 and waits until it serves. */
export async function startZooKeeper(options: ServerOptions = {}): Promise<ZooKeeperServer> {
  const server = await prepareServer(options);
  try {
    return await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** The same without starting it. */
export async function prepareServer(options: ServerOptions = {}): Promise<ZooKeeperServer> {
  if (!hasServers()) throw new Error('no ZooKeeper to start: needs java and /usr/share/java/zookeeper.jar');
  const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const dataDir = options.dataDir ?? (await mkdtemp(join(root, 'zookeeper-')));
  await mkdir(dataDir, { recursive: true });
  const port = options.port ?? (await freePort());
  const tls = options.secure ? await secure(dataDir) : undefined;
  return new ZooKeeperServer({ ...options, config: { ...tls?.config, ...options.config } }, dataDir, port, tls?.tls);
}

/** A real ZooKeeper server, a child process that can be stopped, killed, paused and started again on its data. */
export class ZooKeeperServer implements AsyncDisposable {
  readonly port: number;
  readonly dataDir: string;
  readonly #options: ServerOptions;
  readonly #tls: Tls | undefined;
  #child: ChildProcess | undefined;

  constructor(options: ServerOptions, dataDir: string, port: number, tls?: Tls) {
    this.#options = options;
    this.dataDir = dataDir;
    this.port = port;
    this.#tls = tls;
  }

  get connect(): string {
    return `127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Of the server, which must be running. */
  get pid(): number {
    if (!this.running) throw new Error(`the server on ${this.connect} is not running`);
    return this.#child?.pid as number;
  }

  /** Of a server started with `secure`. */
  get tls(): Tls {
    if (!this.#tls) throw new Error(`the server on ${this.connect} was not started with secure: true`);
    return this.#tls;
  }

  /** Starts it, on the same port and data as before, and waits until it serves. */
  async start(): Promise<this> {
    await this.launch();
    await this.serving();
    return this;
  }

  /** Starts it without waiting: a server of an ensemble serves nobody before a second one is there. */
  async launch(): Promise<void> {
    if (this.running) throw new Error(`the server on ${this.connect} is running`);
    const config = join(this.dataDir, 'zoo.cfg');
    await writeFile(config, this.#config());
    this.#child = await startJvm(config, this.log, this.#options.jvm ?? []);
  }

  /** Waits until it answers clients. */
  async serving(): Promise<void> {
    const gone = () => !this.running;
    await until(async () => gone() || (await this.mode()), { within: 30_000, describe: `${this.connect} to serve` });
    const tls = this.#tls;
    if (tls) await until(() => gone() || listens(tls.port), { within: 30_000, describe: `${tls.connect} to listen` });
    if (gone()) throw new Error(`ZooKeeper ended:\n${(await readFile(this.log, 'utf8')).slice(-2_000)}`);
  }

  /** Asks it to end and, if it does not within 3 s, makes it end. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#signal('SIGTERM');
    this.#signal('SIGCONT');
    await this.#ended(3_000).catch(() => this.kill());
  }

  /** SIGKILL, as a power cut would do it. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.#signal('SIGKILL');
    await this.#ended(10_000);
  }

  /** SIGSTOP: all its connections stay open and nobody answers. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Forgets everything it stored, sessions too; the files are put aside (`past-…`). Only while stopped. */
  async wipe(): Promise<void> {
    if (this.running) throw new Error(`the server on ${this.connect} is running`);
    await rename(join(this.dataDir, 'version-2'), join(this.dataDir, `past-${randomUUID()}`));
  }

  mode(): Promise<fourLetters.Mode | undefined> {
    return fourLetters.modeOf(this.connect);
  }

  fourLetter(word: string): Promise<string> {
    return fourLetters.fourLetter(this.connect, word);
  }

  /** How many watches it keeps; on an ensemble each server keeps those of its own clients. */
  watches(): Promise<number> {
    return fourLetters.watchesOf(this.connect);
  }

  /** Path → ids of the sessions that watch it. */
  watchers(): Promise<Map<string, string[]>> {
    return fourLetters.watchersOf(this.connect);
  }

  ephemerals(): Promise<string[]> {
    return fourLetters.ephemeralsOf(this.connect);
  }

  /** Ids of the sessions connected to this very server. */
  sessions(): Promise<string[]> {
    return fourLetters.sessionsOf(this.connect);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (!this.#options.dataDir) await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Where the server writes what it has to say. */
  get log(): string {
    return join(this.dataDir, 'server.log');
  }

  #config(): string {
    const { tickMs = 100, minSessionTimeoutMs = 2 * tickMs, maxSessionTimeoutMs = 600_000, config } = this.#options;
    const lines = {
      dataDir: this.dataDir,
      clientPort: this.port,
      clientPortAddress: '127.0.0.1',
      tickTime: tickMs,
      minSessionTimeout: minSessionTimeoutMs,
      maxSessionTimeout: maxSessionTimeoutMs,
      maxClientCnxns: 0,
      '4lw.commands.whitelist': '*',
      'admin.enableServer': 'false',
      ...config,
    };
    return Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  }

  #signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async #ended(within: number): Promise<void> {
    if (this.running) await once(this.#child as ChildProcess, 'exit', { signal: AbortSignal.timeout(within) });
  }
}

/** Certificates, and the lines of zoo.cfg by which the server uses them; only Netty knows TLS. */
async function secure(dataDir: string): Promise<{ tls: Tls; config: Record<string, string | number> }> {
  const { ca, cert, key, files } = await createCertificates(dataDir);
  const port = await freePort();
  const config = {
    secureClientPort: port,
    secureClientPortAddress: '127.0.0.1',
    serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
    'ssl.keyStore.location': files.server,
    'ssl.keyStore.type': 'PEM',
    'ssl.trustStore.location': files.authority,
    'ssl.trustStore.type': 'PEM',
    'ssl.clientAuth': 'need',
  };
  return { tls: { connect: `127.0.0.1:${port}`, port, ca, cert, key }, config };
}
