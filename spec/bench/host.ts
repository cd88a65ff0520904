import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { now } from './standing.js';

const half = fileURLToPath(new URL('./half.js', import.meta.url));

/** Our own program for halves of lines of a kind. */
export const withHalf = (kind: string, server: string): [string, ...string[]] => [process.execPath, half, kind, server];

/** A line of ten thousand takes minutes to stand. */
const PATIENCE_MS = 600_000;

interface Asked {
  resolve(answer: string): void;
  reject(error: Error): void;
}

/** A process with one half of each line of a kind. It is told what to do line by line; see `half.ts`. */
export class Host implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, Asked>();
  #number = 0;

  /** Starts it and compares the clocks. */
  static async start(command: readonly [string, ...string[]]): Promise<Host> {
    const host = new Host(command);
    for (let i = 0; i < 10; i++) await host.attend();
    return host;
  }

  private constructor([program, ...words]: readonly [string, ...string[]]) {
    this.#child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.on('error', () => this.#end());
    this.#child.on('close', () => this.#end());
    this.#child.stdin?.on('error', () => undefined);
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#answered(line));
  }

  /** Resolves with the answer; rejects if there is none in ten minutes. */
  async ask(command: string): Promise<string> {
    let late: NodeJS.Timeout | undefined;
    const answered = new Promise<string>((resolve, reject) => {
      const number = this.tell(command);
      this.#asked.set(number, { resolve, reject });
      late = setTimeout(() => {
        this.#asked.delete(number);
        reject(new Error(`no answer to: ${command}`));
      }, PATIENCE_MS);
    });
    return answered.finally(() => clearTimeout(late));
  }

  /** A command without an answer. */
  tell(command: string): number {
    this.#child.stdin?.write(`${++this.#number} ${command}\n`);
    return this.#number;
  }

  /** Resolves when it has read all that it was told. Throws if its clock is not ours. */
  async attend(): Promise<void> {
    const before = now();
    const there = BigInt(await this.ask('now'));
    if (there < before || there > now()) throw new Error('the clocks of two processes differ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close', { signal: AbortSignal.timeout(5_000) });
    this.#child.stdin?.end();
    await ended.catch(() => this.#child.kill('SIGKILL'));
  }

  #answered(line: string): void {
    const space = line.indexOf(' ');
    const [number, answer] = [Number(line.slice(0, space)), line.slice(space + 1)];
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (answer.startsWith('!')) asked?.reject(new Error(answer.slice(2)));
    else asked?.resolve(answer);
  }

  #end(): void {
    for (const { reject } of this.#asked.values()) reject(new Error('a process of the bench ended'));
    this.#asked.clear();
  }
}
