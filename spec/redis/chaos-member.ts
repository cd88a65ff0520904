/** One candidate as the chaos run holds it: a process, and a wire of its own to Redis. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RedisOptions } from '../../lib/redis/index.js';
import { millis } from '../chaos/history.js';
import type { TcpProxy } from '../support/proxy.js';
import { until } from '../support/until.js';

const program = fileURLToPath(new URL('./chaos-worker.js', import.meta.url));

/** What a worker is started with, as JSON. */
export interface Setup {
  readonly id: string;
  /** This life of it. */
  readonly who: string;
  /** Where it writes. */
  readonly dir: string;
  readonly options: RedisOptions;
  /** `flag` believes the last value of `leadership$` in place of asking: wrong after a pause. */
  readonly mutant?: 'flag';
}

/** `resign` stands again at once. */
export type Order = 'resign' | 'exit';

/** Every value of `leadership$`. */
export interface Tidings {
  readonly role?: string;
  readonly token?: string;
}

export class Member {
  news: Tidings = {};
  #child: ChildProcess | undefined;
  #lives = 0;

  constructor(
    readonly setup: Omit<Setup, 'who'>,
    readonly wire: TcpProxy,
  ) {}

  get who(): string {
    return `${this.setup.id}.${this.#lives}`;
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get token(): bigint {
    return this.alive && this.news.role === 'leader' ? BigInt(this.news.token ?? 0) : 0n;
  }

  /** Starts a process; on Linux the kernel kills it when we die, even by SIGKILL. */
  spawn(): void {
    this.#lives++;
    this.news = {};
    const tether = existsSync('/usr/bin/setpriv');
    const child = fork(program, [JSON.stringify({ ...this.setup, who: this.who })], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      ...(tether && { execPath: '/usr/bin/setpriv', execArgv: ['--pdeathsig', 'KILL', '--', process.execPath] }),
    });
    this.#child = child;
    child.on('error', () => undefined);
    child.on('message', (tidings: Tidings) => {
      if (this.#child === child) this.news = tidings;
    });
  }

  tell(order: Order): void {
    if (this.#child?.connected) this.#child.send(order, () => undefined);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** SIGKILL; resolves with the instant at which the process was gone. */
  async kill(): Promise<number> {
    this.signal('SIGKILL');
    await until(() => !this.alive, { every: 1 });
    return millis();
  }

  /** Tells it to close its backend and end; says whether it did. */
  async leave(withinMs: number): Promise<boolean> {
    const left = once(this.#child as ChildProcess, 'exit', { signal: AbortSignal.timeout(withinMs) });
    this.tell('exit');
    return left.then(
      ([code]) => code === 0,
      () => this.kill().then(() => false),
    );
  }
}
