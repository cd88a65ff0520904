/** One worker as the nemesis holds it: a process, and a wire of its own to each server. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProxy, type TcpProxy } from '../support/proxy.js';
import { until } from '../support/until.js';
import { millis } from './history.js';
import type { Order, Setup, Tidings } from './orders.js';

const program = fileURLToPath(new URL('./worker.js', import.meta.url));

/** What all members have in common. */
export type Habits = Omit<Setup, 'id' | 'who' | 'options'> & { readonly options: Omit<Setup['options'], 'servers'> };

export class Member {
  readonly id: string;
  /** In the order of the servers. */
  readonly wires: readonly TcpProxy[];
  readonly #habits: Habits;
  readonly #told: (member: Member, tidings: Tidings) => void;
  #child: ChildProcess | undefined;
  #lives = 0;
  #news: Tidings = {};

  static async create(
    id: string,
    servers: readonly string[],
    habits: Habits,
    told: (member: Member, tidings: Tidings) => void,
  ): Promise<Member> {
    return new Member(id, await Promise.all(servers.map((server) => startProxy(server))), habits, told);
  }

  private constructor(
    id: string,
    wires: readonly TcpProxy[],
    habits: Habits,
    told: (member: Member, tidings: Tidings) => void,
  ) {
    [this.id, this.wires, this.#habits, this.#told] = [id, wires, habits, told];
  }

  get who(): string {
    return `${this.id}.${this.#lives}`;
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its last value of `leadership$`; of a process that is gone or paused, the last one we heard. */
  get news(): Tidings {
    return this.#news;
  }

  /** Which server it is connected to. */
  get server(): number {
    return this.wires.findIndex((wire) => wire.open > 0);
  }

  /** Starts a process; on Linux the kernel kills it when we die, even by SIGKILL. */
  spawn(habits: Partial<Habits> = {}): void {
    this.#lives++;
    this.#news = {};
    const servers = this.wires.map((wire) => wire.connect).join(',');
    const { options, ...rest } = { ...this.#habits, ...habits };
    const setup: Setup = { ...rest, id: this.id, who: this.who, options: { ...options, servers } };
    const tether = existsSync('/usr/bin/setpriv');
    const child = fork(program, [JSON.stringify(setup)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      ...(tether && { execPath: '/usr/bin/setpriv', execArgv: ['--pdeathsig', 'KILL', '--', process.execPath] }),
    });
    this.#child = child;
    child.on('error', () => undefined);
    child.on('exit', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') this.#told(this, { died: `${setup.who} died: ${code ?? signal}` });
    });
    child.on('message', (tidings: Tidings) => {
      if (this.#child !== child) return;
      this.#news = tidings;
      this.#told(this, tidings);
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
    if (this.alive) {
      this.signal('SIGKILL');
      await until(() => !this.alive, { every: 1 });
    }
    return millis();
  }

  /** Tells it to close its backend and end; says whether it did. */
  async leave(withinMs: number): Promise<boolean> {
    if (!this.alive) return false;
    const left = once(this.#child as ChildProcess, 'exit', { signal: AbortSignal.timeout(withinMs) });
    this.tell('exit');
    return left.then(
      ([code]) => code === 0,
      () => this.kill().then(() => false),
    );
  }

  /** All wires as they should be. */
  heal(): void {
    for (const wire of this.wires) wire.forward();
  }

  async dispose(): Promise<void> {
    await this.kill();
    await Promise.all(this.wires.map((wire) => wire[Symbol.asyncDispose]()));
  }
}
