/** One owner as the run holds it: a process, and its wire to the server. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TcpProxy } from '../../support/proxy.js';
import type { Attempt, News, Setup } from './setup.js';

const program = fileURLToPath(new URL('./owner.js', import.meta.url));
/** On Linux the kernel kills it when we die, even by SIGKILL. */
const tether = existsSync('/usr/bin/setpriv') && {
  execPath: '/usr/bin/setpriv',
  execArgv: ['--pdeathsig', 'KILL', '--', process.execPath],
};

export class Holder implements AsyncDisposable {
  readonly setup: Setup;
  readonly #child: ChildProcess;
  #token = 0n;

  constructor(
    readonly wire: TcpProxy,
    setup: Omit<Setup, 'servers'>,
  ) {
    this.setup = { ...setup, servers: wire.connect };
    this.#child = fork(program, [JSON.stringify(this.setup)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      ...tether,
    });
    this.#child.on('message', ({ serves }: News) => {
      this.#token = BigInt(serves);
    });
  }

  /** By which it has said last that it serves. */
  get token(): bigint {
    return this.#token;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** It must be awake. Rejects if it died or does not end. */
  async leave(): Promise<void> {
    const gone = once(this.#child, 'exit', { signal: AbortSignal.timeout(30_000) });
    this.#child.send('leave');
    const [code] = await gone;
    if (code !== 0) throw new Error(`${this.setup.id} ended with ${code}`);
  }

  /** What became of its writes; the last line of a process that was killed may be half. */
  attempts(): Attempt[] {
    const lines = readFileSync(join(this.setup.dir, `${this.setup.id}.attempts`), 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit');
      this.signal('SIGKILL');
      await gone;
    }
    await this.wire[Symbol.asyncDispose]();
  }
}
