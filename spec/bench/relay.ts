import type { Host } from './host.js';
import type { Line } from './population.js';

/** Two processes of a kind; one twice, to hand over within a process. */
export type Pair = readonly [Host, Host];

interface Runner {
  readonly host: Host;
  /** The line and the number in it. */
  readonly name: string;
  readonly znode: string;
}

/**
 * A line whose candidates are in two processes by turns, so that each hand-over goes from one process to the other. It is
 * measured by the machine's monotonic clock, read in the one when its candidate is told to go and in the other when that one's
 * leads. Within that span nothing else is said to either.
 */
export class Relay implements Line {
  readonly #hosts: Pair;
  readonly #path: string;
  readonly #sessions: number;
  readonly #line: Runner[] = [];
  readonly #heartbeat: string;
  #count = 0;

  /**
   * Puts `size` candidates in line, each process's on half as many sessions. The first `leaders` come in order, since they will
   * lead; their sessions have these heartbeats, where they are to differ from the library's own.
   */
  static async join(hosts: Pair, path: string, size: number, sessions: number, leaders = size, heartbeatMs?: number) {
    const relay = new Relay(hosts, path, Math.ceil(sessions / 2), `${heartbeatMs ?? '-'}`);
    while (relay.#count < Math.min(leaders, size)) await relay.#stand();
    await relay.#crowd(size - relay.#count);
    return relay;
  }

  private constructor(hosts: Pair, path: string, sessions: number, heartbeat: string) {
    this.#hosts = hosts;
    this.#path = path;
    this.#sessions = sessions;
    this.#heartbeat = heartbeat;
  }

  async settled(): Promise<unknown> {
    const { host, name } = this.#line[1]!;
    return host.ask(`settled ${name}`);
  }

  async handOver(): Promise<number> {
    const [leader, next] = this.#line as [Runner, Runner];
    const led = next.host.ask(`led ${next.name}`);
    await next.host.attend();
    leader.host.tell(`go ${leader.name}`);
    const at = await led;
    const from = await leader.host.ask(`left ${leader.name}`);
    this.#line.shift();
    await this.#stand();
    return Number(BigInt(at) - BigInt(from)) / 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...new Set(this.#hosts)].map((host) => host.ask(`close ${this.#path}`)));
  }

  async #stand(): Promise<void> {
    const number = this.#count++;
    const host = this.#hosts[number % 2]!;
    const name = `${this.#path} ${number}`;
    const ahead = this.#line.at(-1)?.znode || '-';
    const znode = await host.ask(`stand ${name} ${this.#sessions} ${ahead} ${this.#heartbeat}`);
    this.#line.push({ host, name, znode });
  }

  /** Those who will not lead stand behind, in any order. */
  async #crowd(count: number): Promise<void> {
    const halves = [Math.ceil(count / 2), Math.floor(count / 2)];
    const first = this.#count;
    const stood = halves.map((half, i) =>
      this.#hosts[(first + i) % 2]!.ask(`crowd ${this.#path} ${first + i} ${half} ${this.#sessions}`),
    );
    this.#count += count;
    await Promise.all(stood);
  }
}
