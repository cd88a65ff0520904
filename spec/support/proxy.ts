import { freePort } from './ports.js';
import { Door, type Target } from './proxy-door.js';
import type { Direction, Hook, Link, Traffic } from './proxy-link.js';

export { opcode } from './frames.js';
export type { Direction, Frame, Hook } from './proxy-link.js';
export type { TcpProxy as Proxy };

export interface ProxyOptions {
  /** False for traffic that has no length-prefixed frames: then none are looked for. Default true. */
  framed?: boolean;
  /** How long to go on trying to reach a target that does not listen yet, before the client is closed. Default 0. */
  patienceMs?: number;
  /** Changes the bytes on their way to the server; must not change their number. */
  rewrite?: (chunk: Buffer) => Buffer;
}

/** Starts a TCP proxy on 127.0.0.1 in front of `host:port`; it forwards until told otherwise. */
export async function startProxy(target: Target | string, options: ProxyOptions = {}): Promise<TcpProxy> {
  const proxy = new TcpProxy(typeof target === 'string' ? parse(target) : target, await freePort(), options);
  await proxy.up();
  return proxy;
}

function parse(target: string): Target {
  const colon = target.lastIndexOf(':');
  return { host: target.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(target.slice(colon + 1)) };
}

/**
 * A wire that fails on demand. Each mode holds from now on, for connections open and to come, until `forward()`.
 * Clients and server keep their sockets while we hold, drop or delay: to them the other side has just gone quiet.
 */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  readonly #traffic: Traffic;
  readonly #door: Door;

  constructor(target: Target, port: number, options: ProxyOptions = {}) {
    this.port = port;
    this.#traffic = {
      mode: { toClient: 'pass', toServer: 'pass' },
      hooks: { toClient: new Set(), toServer: new Set() },
      bytes: { toClient: 0, toServer: 0 },
      frames: { toClient: 0, toServer: 0 },
      framed: options.framed ?? true,
      rewrite: options.rewrite ?? ((chunk) => chunk),
      delayMs: 0,
      budget: undefined,
    };
    this.#door = new Door(target, port, this.#traffic, options.patienceMs ?? 0);
  }

  get connect(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connections accepted since the start or the last `reset()`. */
  get connections(): number {
    return this.#door.accepted;
  }

  /** Connections that clients have open now. */
  get open(): number {
    return this.#door.open;
  }

  /** Bytes passed on, by direction. */
  get bytes(): Readonly<Record<Direction, number>> {
    return { ...this.#traffic.bytes };
  }

  /** Frames passed on whole, by direction: ZooKeeper's requests one way, its replies and notifications the other. */
  get frames(): Readonly<Record<Direction, number>> {
    return { ...this.#traffic.frames };
  }

  /** Sets every counter to zero. */
  reset(): void {
    this.#door.accepted = 0;
    Object.assign(this.#traffic.bytes, { toClient: 0, toServer: 0 });
    Object.assign(this.#traffic.frames, { toClient: 0, toServer: 0 });
  }

  /** New connections go there; those that are open stay where they are. */
  redirect(target: string): void {
    this.#door.target = parse(target);
  }

  /** Everything passes at once, what was held first. Connections made while `silent()` stay silent. */
  forward(): void {
    Object.assign(this.#traffic, { delayMs: 0, budget: undefined });
    this.#door.admission = 'forward';
    this.#flow('pass', 'pass');
  }

  /** Nothing passes, not even the end of a connection; all of it is kept for `forward()`. */
  hold(): void {
    this.#flow('hold', 'hold');
  }

  /** What goes in that direction is lost, without a word to anybody. */
  drop(direction: Direction): void {
    this.#flow(
      direction === 'toServer' ? 'drop' : this.#traffic.mode.toServer,
      direction === 'toClient' ? 'drop' : this.#traffic.mode.toClient,
    );
  }

  /** Each byte takes this much longer, both ways. */
  delay(ms: number): void {
    this.#traffic.delayMs = ms;
  }

  /** Connections are accepted and never answered, like those of a server that is just starting; open ones are held. */
  silent(): void {
    this.#door.admission = 'silent';
    this.hold();
  }

  /** Connections are accepted and closed at once; open ones are cut. */
  refuse(): void {
    this.#door.admission = 'refuse';
    this.cut();
  }

  /** Ends every open connection, orderly or with a TCP reset; new ones are accepted as before. */
  cut(how: 'close' | 'reset' = 'close'): void {
    this.#door.cut(how);
  }

  /** The next `bytes` in that direction pass, then the connection they were on is cut. Resolves when that is done. */
  cutAfter(bytes: number, direction: Direction): Promise<void> {
    return new Promise((spent) => {
      this.#traffic.budget = { direction, left: bytes, spent };
    });
  }

  /** Asks `hook` about every whole request from now on; returns how to stop that. */
  onRequest(hook: Hook): () => void {
    this.#traffic.hooks.toServer.add(hook);
    return () => void this.#traffic.hooks.toServer.delete(hook);
  }

  /** The same for what the server sends: replies, and notifications, whose xid is -1. */
  onReply(hook: Hook): () => void {
    this.#traffic.hooks.toClient.add(hook);
    return () => void this.#traffic.hooks.toClient.delete(hook);
  }

  /**
   * The next request with this opcode reaches the server, its reply does not reach the client: the connection is cut
   * instead. Resolves when that is done.
   */
  loseReplyOf(opcode: number): Promise<void> {
    return new Promise((done) => {
      let sent: { link: Link; xid: number } | undefined;
      const stopWaiting = this.onRequest((frame, pass) => {
        if (!sent && frame.opcode === opcode) sent = frame;
        pass();
      });
      const stopWatching = this.onReply((frame, pass) => {
        if (frame.link !== sent?.link || frame.xid !== sent.xid) return pass();
        stopWaiting();
        stopWatching();
        frame.link.destroy();
        done();
      });
    });
  }

  /** The server is gone: connections are cut, and new ones refused by the system. */
  async down(): Promise<void> {
    await this.#door.down();
  }

  /** Listens again, on the same port. */
  async up(): Promise<void> {
    await this.#door.up();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  #flow(toServer: Traffic['mode']['toServer'], toClient: Traffic['mode']['toClient']): void {
    Object.assign(this.#traffic.mode, { toServer, toClient });
    this.#door.pump();
  }
}
