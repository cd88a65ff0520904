/**
 * A ZooKeeper inside this process, for development and tests. It speaks the real wire protocol, so every client connects
 * to it, this package's and any other language's. It keeps everything in memory and knows no other server: never use it
 * for production. Quotas, SASL and reconfiguration are left out.
 */
import type { Socket } from 'node:net';
import { checkDuration, checkNumber, checkTogether } from '../options.js';
import { type Clock, realClock, type VirtualClock, virtualClock } from './clock.js';
import { dump } from './dump.js';
import { type Address, Endpoint } from './endpoint.js';
import { Engine } from './engine.js';
import type { Faults } from './faults.js';
import type { Link } from './link.js';
import type { Rules } from './state.js';
import type { Input } from './step.js';

export interface EmbeddedOptions extends Address {
  /** Sessions end on multiples of it, in ms, from 1. @default 100 */
  readonly tickMs?: number;
  /** @default two ticks */
  readonly minSessionTimeoutMs?: number;
  /** A real server's is 20 ticks, which with ticks this short would cut everybody. @default the larger of 20 ticks and 60 000 */
  readonly maxSessionTimeoutMs?: number;
  /** The longest request taken, in bytes: jute.maxbuffer. A longer one ends its connection. @default 1 048 575 */
  readonly maxFrameBytes?: number;
  /** TTL nodes, which a real server refuses too unless told (zookeeper.extendedTypesEnabled). @default false */
  readonly extendedTypes?: boolean;
  /** How often containers and TTL nodes are looked through, in ms. @default 60 000 */
  readonly reapEveryMs?: number;
  /** Session ids and passwords follow from it. @default by chance, or 0 in virtual time */
  readonly seed?: bigint | number;
  /** Time stands still but for `advance`. @default false */
  readonly virtualTime?: boolean;
  /** Is told everything that happens, to be replayed through `step`. */
  readonly record?: (input: Input) => void;
}

/** One server of an embedded ensemble. */
export interface Member {
  readonly connectString: string;
  readonly port: number;
  /**
   * Cuts it off from the others: it goes on answering reads and pings from what it knew, its writes hang, and for
   * everybody else the sessions connected to it age until they end.
   */
  cutOff(): void;
  /** Brings it back: it closes its connections, as a follower does that finds its leader again. */
  heal(): void;
  /** Closes its connections and refuses new ones; the others go on. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export class EmbeddedZooKeeper implements AsyncDisposable {
  /** What can go wrong, on demand. */
  readonly faults: Faults;
  readonly #members: readonly EmbeddedMember[];
  readonly #engine: Engine;
  readonly #clock: Clock | VirtualClock;
  /** Its last stop or restart, once that is over. */
  #last: Promise<void> = Promise.resolve();

  /** Starts one server, on a free port of 127.0.0.1 unless told otherwise. Rejects with InvalidOptionError. */
  static async start(options: EmbeddedOptions = {}): Promise<EmbeddedZooKeeper> {
    return new EmbeddedZooKeeper(options, 1).#open();
  }

  /** Several endpoints that serve one tree. Each can be cut off, stopped and started. */
  static async ensemble(servers = 3, options: Omit<EmbeddedOptions, 'port' | 'path'> = {}): Promise<EmbeddedZooKeeper> {
    return new EmbeddedZooKeeper(options, servers).#open();
  }

  private constructor(options: EmbeddedOptions, servers: number) {
    const { virtualTime = false, record } = options;
    const maxFrameBytes = checkNumber('maxFrameBytes', options.maxFrameBytes ?? 0xfffff, 1);
    this.#clock = virtualTime ? virtualClock() : realClock();
    this.#engine = new Engine({ rules: rulesOf(options), clock: this.#clock, maxFrameBytes, record });
    this.#members = Array.from({ length: servers }, () => new EmbeddedMember(options, this.#engine));
    this.faults = this.#engine.faults;
  }

  /** `host:port`, of all servers; the path of a Unix socket. */
  get connectString(): string {
    return this.#members.map(({ connectString }) => connectString).join(',');
  }

  /** Of the first server. */
  get port(): number {
    return (this.#members[0] as Member).port;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** The sessions that are alive, and whether anybody is connected to them. */
  get sessions(): readonly { readonly id: bigint; readonly timeoutMs: number; readonly connected: boolean }[] {
    return [...this.#engine.state.sessions.values()].map(({ id, timeoutMs, connection }) => ({
      id,
      timeoutMs,
      connected: connection !== undefined,
    }));
  }

  /** What this server goes by: with them and everything it recorded, `step` does the same again. */
  get rules(): Rules {
    return this.#engine.state.rules;
  }

  /** The tree as text, a znode a line. */
  dump(): string {
    return dump(this.#engine.state);
  }

  /** Lets virtual time pass, in ms: sessions end, containers are reaped, delayed replies go out. */
  advance(ms: number): void {
    if (!('advance' in this.#clock)) throw new TypeError('advance() needs a server started with virtualTime: true');
    this.#clock.advance(checkDuration('ms', ms, 0, Number.MAX_SAFE_INTEGER));
  }

  /** Closes every connection and refuses new ones. Sessions do not age meanwhile, as in a real one. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#halt());
  }

  /** Comes back on the same port, stopped before or not: with its data, or as if it had never had any. */
  restart({ data = 'kept' }: { readonly data?: 'kept' | 'lost' } = {}): Promise<void> {
    return this.#inTurn(async () => {
      await this.#halt();
      this.#engine.revive(data);
      await Promise.all(this.#members.map((member) => member.start()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #halt(): Promise<void> {
    this.#engine.halt();
    await Promise.all(this.#members.map((member) => member.stop()));
  }

  /** What is asked for while it stops or starts comes after that. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #open(): Promise<this> {
    await Promise.all(this.#members.map((member) => member.start()));
    this.#engine.run();
    return this;
  }
}

class EmbeddedMember implements Member {
  readonly #engine: Engine;
  readonly #endpoint: Endpoint;
  readonly #links = new Set<Link>();
  #heal: (() => void) | undefined;

  constructor(address: Address, engine: Engine) {
    this.#engine = engine;
    this.#endpoint = new Endpoint(address, (socket) => this.#accept(socket));
  }

  get connectString(): string {
    return this.#endpoint.connectString;
  }

  get port(): number {
    return this.#endpoint.port;
  }

  cutOff(): void {
    this.#heal ??= this.#engine.lag(
      (link) => this.#links.has(link),
      () => undefined,
      true,
    );
  }

  heal(): void {
    this.#heal?.();
    this.#heal = undefined;
  }

  stop(): Promise<void> {
    return this.#endpoint.close();
  }

  async start(): Promise<void> {
    if (!this.#endpoint.listening) await this.#endpoint.open();
  }

  #accept(socket: Socket): void {
    const link = this.#engine.accept(socket);
    this.#links.add(link);
    socket.on('close', () => this.#links.delete(link));
  }
}

function rulesOf(options: EmbeddedOptions): Rules {
  const { virtualTime = false, extendedTypes = false, reapEveryMs = 60_000 } = options;
  const tickMs = checkDuration('tickMs', options.tickMs ?? 100, 1);
  const least = checkDuration('minSessionTimeoutMs', options.minSessionTimeoutMs ?? 2 * tickMs);
  const most = checkDuration('maxSessionTimeoutMs', options.maxSessionTimeoutMs ?? Math.max(20 * tickMs, 60_000));
  checkTogether(least <= most, 'maxSessionTimeoutMs', most, `must be at least minSessionTimeoutMs (${least})`);
  return {
    ...{ tickMs, minSessionTimeoutMs: least, maxSessionTimeoutMs: most, extendedTypes },
    epochMs: virtualTime ? 0 : Date.now(),
    seed: seedOf(options.seed ?? (virtualTime ? 0 : Math.floor(Math.random() * 2 ** 40))),
    reapEveryMs: checkDuration('reapEveryMs', reapEveryMs, 1),
  };
}

function seedOf(seed: bigint | number): bigint {
  checkTogether(typeof seed === 'bigint' || Number.isInteger(seed), 'seed', seed, 'must be an integer');
  return BigInt(seed);
}
