import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How long a foreign program may take over one answer, in ms: it may be starting a virtual machine. */
const PATIENCE_MS = 25_000;

/**
 * A process that stands in elections with another library: `Participant.java`, `participant.py`, and those of the bench.
 * It is told what to do line by line and answers each line with one.
 */
export class Foreigner implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #complaints = '';

  /** Starts it and waits until it listens. */
  static async start(command: readonly [string, ...string[]]): Promise<Foreigner> {
    const foreigner = new Foreigner(command);
    const hello = await foreigner.#answer();
    if (hello !== 'ready') throw new Error(`${command[0]} said ${hello} instead of ready`);
    return foreigner;
  }

  private constructor([program, ...words]: readonly [string, ...string[]]) {
    this.#child = spawn(program, words, { stdio: 'pipe' });
    this.#child.on('error', (error) => {
      this.#complaints += error.message;
    });
    this.#child.stderr?.on('data', (text) => {
      this.#complaints += text;
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Puts a candidate of this name in line. */
  async stand(id: string): Promise<void> {
    await this.ask(`stand ${id}`);
  }

  /** Takes it out again, leader or not; its library has deleted its znode when this resolves. */
  async leave(id: string): Promise<void> {
    await this.ask(`leave ${id}`);
  }

  /** Which of its candidates believe that they lead. */
  leaders(): Promise<string[]> {
    return this.ask('leaders');
  }

  /** Everybody in line, as its library sees them. */
  line(): Promise<string[]> {
    return this.ask('line');
  }

  /** Any command; its answer's fields. Kills the process that takes longer than `patienceMs`. */
  async ask(command: string, patienceMs = PATIENCE_MS): Promise<string[]> {
    this.#child.stdin?.write(`${command}\n`);
    const answer = await this.#answer(patienceMs);
    return answer === '' ? [] : answer.split('\t');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close', { signal: AbortSignal.timeout(5_000) });
    this.#child.stdin?.end();
    await ended.catch(() => this.#child.kill('SIGKILL'));
  }

  async #answer(patienceMs = PATIENCE_MS): Promise<string> {
    const killed = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    const { value, done } = await this.#answers.next();
    clearTimeout(killed);
    if (done) throw new Error(`the foreign program ended, or was too slow:\n${this.#complaints}`);
    return value;
  }
}
