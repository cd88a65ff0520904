import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerAnswers } from './docker.js';
import { freePort } from './ports.js';
import { until } from './until.js';

const waysOut = `The specs need a Redis, and found none. Ways out:
  - SUCCESSION_TEST_REDIS=host:port names one that is running;
  - a running Docker engine: Testcontainers starts one there;
  - redis-server, which Debian's package of that name installs (root on Debian: it is installed by itself).`;

/** A Redis that somebody runs for us: use names of your own. */
export interface SomeRedis extends AsyncDisposable {
  readonly connect: string;
}

/**
 * A Redis to use, in this order: the one that SUCCESSION_TEST_REDIS names; a container; a child process, for which Redis
 * is installed if need be; one error that names the ways out. SUCCESSION_TEST_SERVERS=docker|child forces a path.
 */
export async function someRedis(): Promise<SomeRedis> {
  const named = process.env.SUCCESSION_TEST_REDIS;
  if (named) return { connect: named, [Symbol.asyncDispose]: async () => undefined };
  const forced = process.env.SUCCESSION_TEST_SERVERS;
  if (forced === 'docker') return contained();
  if (forced !== 'child' && (await dockerAnswers())) {
    const container = await contained().catch((error: unknown) => {
      process.stderr.write(`succession: no Redis in a container, ${error instanceof Error ? error.message : error}\n`);
      return undefined;
    });
    if (container) return container;
  }
  return startRedis();
}

async function contained(): Promise<SomeRedis> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(process.env.SUCCESSION_TEST_REDIS_IMAGE ?? 'redis:7-alpine')
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start();
  const host = container.getHost() === 'localhost' ? '127.0.0.1' : container.getHost();
  return {
    connect: `${host}:${container.getMappedPort(6379)}`,
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  };
}

export interface RedisServerOptions {
  readonly port?: number;
  /** More settings, as on redis-server's command line: `{ maxmemory: '2mb' }`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Given: a Sentinel, with this in its file. */
  readonly sentinel?: readonly string[];
}

/** Starts one Redis on 127.0.0.1, without persistence, and waits until it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  ensureRedis();
  const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const dir = await mkdtemp(join(root, 'redis-'));
  if (options.sentinel) await writeFile(join(dir, 'sentinel.conf'), options.sentinel.join('\n'));
  const server = new RedisServer(options, dir, options.port ?? (await freePort()));
  try {
    return await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** A real Redis, a child process that can be stopped, killed, paused and started again. */
export class RedisServer implements SomeRedis {
  #child: ChildProcess | undefined;
  readonly #options: RedisServerOptions;

  constructor(
    options: RedisServerOptions,
    readonly dir: string,
    readonly port: number,
  ) {
    this.#options = options;
  }

  get connect(): string {
    return `127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** On the same port, with what it has stored, which is nothing unless `config` says otherwise. On Linux it dies with us. */
  async start(): Promise<this> {
    const basic = { port: String(this.port), bind: '127.0.0.1', dir: this.dir, save: '', appendonly: 'no' };
    const settings = Object.entries({ ...basic, logfile: 'log', ...this.#options.config });
    const sentinel = this.#options.sentinel ? [join(this.dir, 'sentinel.conf'), '--sentinel'] : [];
    const words = [...sentinel, ...settings.flatMap(([name, value]) => [`--${name}`, value])];
    const tether = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : [];
    const [program = '', ...rest] = [...tether, 'redis-server', ...words];
    this.#child = spawn(program, rest, { stdio: 'ignore' });
    this.#child.on('error', () => undefined);
    const answers = async () => !this.running || /PONG|NOAUTH/.test(await this.say('PING'));
    await until(answers, { within: 10_000, describe: `Redis on ${this.connect} to answer` });
    if (!this.running)
      throw new Error(`Redis ended:\n${await readFile(join(this.dir, 'log'), 'utf8').catch(() => '')}`);
    return this;
  }

  /** SIGKILL, as a power cut would do it. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.#child?.kill('SIGKILL');
    await until(() => !this.running);
  }

  /** Killed and started again: without persistence it has forgotten everything. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** SIGSTOP: its connections stay open and nobody answers. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** One command on a connection of its own, as a person would type it; the raw reply. */
  say(...words: readonly string[]): Promise<string> {
    return say(this.connect, ...words);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** One command to a Redis; the raw reply. Rejects after a second. */
export async function say(where: string, ...words: readonly string[]): Promise<string> {
  const [host, port] = where.split(':') as [string, string];
  const socket = connect(Number(port), host);
  try {
    const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
    socket.write(`*${words.length}\r\n${bulk}`);
    const [reply] = await once(socket, 'data', { signal: AbortSignal.timeout(1_000) });
    return String(reply);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

/** Makes sure that Redis can be started as a child process, installing it where that is possible. */
export function ensureRedis(): void {
  if (hasRedis()) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw new Error(waysOut);
  process.stderr.write('succession: installing Redis from Debian\n');
  apt('update');
  apt('install', '-y', '--no-install-recommends', 'redis-server');
  if (!hasRedis()) throw new Error(waysOut);
}

const hasRedis = () => spawnSync('redis-server', ['--version']).status === 0;

function apt(...words: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr } = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...words], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`apt-get ${words.join(' ')} failed:\n${stderr}\n${waysOut}`);
}
