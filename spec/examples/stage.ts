/** The examples as processes on an embedded ZooKeeper: started, killed, paused, and heard. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { type Truthy, until } from '../support/until.js';

/** One line of an example. */
export interface Line {
  readonly event: string;
  /** In ms, of the clock that all processes share. */
  readonly at: number;
}

type Told<Facts> = (Line & Facts)[];

export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export class Actor {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  #rest = '';
  #errors = '';

  constructor(
    readonly id: string,
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ) {
    this.#child = spawn(process.execPath, [program, ...args], { env, stdio: 'pipe' });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get errors(): string {
    return this.#errors;
  }

  told<Facts>(event: string): Told<Facts> {
    return this.lines.filter((line) => line.event === event) as Told<Facts>;
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Returns the instant just before. */
  signal(signal: NodeJS.Signals): number {
    const at = now();
    this.#child.kill(signal);
    return at;
  }

  async kill(): Promise<number> {
    const closed = this.ended ? undefined : once(this.#child, 'close');
    const at = this.signal('SIGKILL');
    await closed;
    return at;
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.lines.push(JSON.parse(line));
  }
}

export class Stage implements AsyncDisposable {
  readonly actors: Actor[] = [];
  readonly backend: ZooKeeperBackend;
  readonly #zk: EmbeddedZooKeeper;
  readonly #env: NodeJS.ProcessEnv;

  /** A server of its own. `env` is for all actors. */
  static async open(env: NodeJS.ProcessEnv = {}): Promise<Stage> {
    return new Stage(await EmbeddedZooKeeper.start(), env);
  }

  private constructor(zk: EmbeddedZooKeeper, env: NodeJS.ProcessEnv) {
    this.#zk = zk;
    this.#env = { PATH: process.env.PATH, ZOOKEEPER: zk.connectString, SESSION_TIMEOUT_MS: '1000', ...env };
    this.backend = zookeeper({ servers: zk.connectString, sessionTimeoutMs: 10_000 });
  }

  /** `example` names a file below docker/examples. */
  enter(example: string, id: string, ...args: string[]): Actor {
    const program = fileURLToPath(new URL(`../../.tmp/programs/docker/examples/${example}.js`, import.meta.url));
    if (!existsSync(program)) throw new Error(`${program} is missing: npm run build && npm run programs`);
    const actor = new Actor(id, program, [id, ...args], this.#env);
    this.actors.push(actor);
    return actor;
  }

  /** Everything that everybody has told, in the order of their clock. */
  get lines(): Line[] {
    return this.actors.flatMap(({ lines }) => lines).sort((a, b) => a.at - b.at);
  }

  told<Facts>(event: string): Told<Facts> {
    return this.lines.filter((line) => line.event === event) as Told<Facts>;
  }

  /** Waits, and tells what the actors said on stderr if it is in vain. */
  until<T>(predicate: () => T | Promise<T>, within = 20_000): Promise<Truthy<T>> {
    const errors = () => this.actors.map(({ id, errors }) => errors && `\n${id}: ${errors}`).join('');
    const tail = () => JSON.stringify(this.lines.slice(-12));
    return until(predicate, { within, every: 10, describe: () => `${predicate}\n${tail()}${errors()}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.actors.map((actor) => actor.kill()));
    await this.backend.close();
    await this.#zk[Symbol.asyncDispose]();
  }
}
