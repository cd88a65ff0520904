import type { Socket } from 'node:net';
import { FrameReader, header } from './frames.js';

export type Direction = 'toClient' | 'toServer';

/** One frame on its way, as the hooks see it. */
export interface Frame {
  /** The whole frame, length prefix included. */
  readonly bytes: Buffer;
  /** The first frame of its direction: the handshake, without xid and opcode. */
  readonly handshake: boolean;
  readonly xid: number;
  /** Of a request; in a reply the same place holds half a zxid. */
  readonly opcode: number;
  /** The connection it travels on, to be compared and to be cut. */
  readonly link: Link;
}

/** Decides over a frame: who never calls `pass` swallows it, who calls it later delays it. */
export type Hook = (frame: Frame, pass: () => void) => void;

/** How the proxy treats traffic; shared by all its links, and changed under their feet. */
export interface Traffic {
  readonly mode: Record<Direction, 'pass' | 'hold' | 'drop'>;
  readonly hooks: Record<Direction, Set<Hook>>;
  readonly bytes: Record<Direction, number>;
  readonly frames: Record<Direction, number>;
  readonly framed: boolean;
  readonly rewrite: (chunk: Buffer) => Buffer;
  delayMs: number;
  budget: { direction: Direction; left: number; spent: () => void } | undefined;
}

/** A client's connection and ours to the server behind it. */
export class Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly #flows: Flow[];

  constructor(client: Socket, server: Socket, traffic: Traffic) {
    this.client = client;
    this.server = server;
    this.#flows = [
      new Flow(this, 'toServer', client, server, traffic),
      new Flow(this, 'toClient', server, client, traffic),
    ];
  }

  /** Moves on whatever may now move. */
  pump(): void {
    for (const flow of this.#flows) flow.pump();
  }

  destroy(): void {
    for (const flow of this.#flows) flow.stop();
    this.client.destroy();
    this.server.destroy();
  }

  /** Ends both sides with a TCP reset. */
  reset(): void {
    for (const flow of this.#flows) flow.stop();
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }
}

/** One direction of a link: a queue of what came in, let out as the traffic rules say. */
class Flow {
  readonly #link: Link;
  readonly #direction: Direction;
  readonly #to: Socket;
  readonly #traffic: Traffic;
  readonly #reader: FrameReader;
  #queue: { chunk: Buffer; due: number }[] = [];
  #end: 'none' | 'half' | 'full' = 'none';
  /** Bytes of the reader's incomplete frame that went out already. */
  #sent = 0;
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(link: Link, direction: Direction, from: Socket, to: Socket, traffic: Traffic) {
    this.#link = link;
    this.#direction = direction;
    this.#to = to;
    this.#traffic = traffic;
    this.#reader = new FrameReader(traffic.framed);
    from.setNoDelay(true);
    from.on('data', (chunk) => this.#arrive(chunk));
    from.on('end', () => this.#ends('half'));
    from.on('close', () => this.#ends('full'));
    from.on('error', () => undefined); // 'close' follows
  }

  pump(): void {
    if (this.#timer) return;
    const mode = this.#traffic.mode[this.#direction];
    if (mode === 'drop') this.#queue = [];
    if (mode !== 'pass') return;
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const wait = head.due - performance.now();
      if (wait > 0) {
        this.#later(wait);
        return;
      }
      this.#queue.shift();
      this.#pass(head.chunk);
    }
    // An end is held and lost like any byte: a peer behind a dead network is never told.
    const end = this.#end;
    this.#end = 'none'; // Told once.
    if (end === 'half') this.#to.end();
    if (end === 'full') this.#to.destroySoon();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
  }

  #arrive(chunk: Buffer): void {
    const rewritten = this.#direction === 'toServer' ? this.#traffic.rewrite(chunk) : chunk;
    this.#queue.push({ chunk: rewritten, due: performance.now() + this.#traffic.delayMs });
    this.pump();
  }

  #ends(how: 'half' | 'full'): void {
    this.#end = how;
    this.pump();
  }

  #later(wait: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.pump();
    }, wait);
  }

  /** Whole frames go through the hooks, if there are any; without hooks every byte goes on at once. */
  #pass(chunk: Buffer): void {
    const hooks = [...this.#traffic.hooks[this.#direction]];
    for (const frame of this.#reader.push(chunk)) {
      const handshake = this.#seen++ === 0;
      const write = () => this.#write(frame.subarray(this.#sent), 1);
      if (this.#sent > 0 || hooks.length === 0) write();
      else this.#offer({ bytes: frame, handshake, ...header(frame, handshake), link: this.#link }, hooks);
      this.#sent = 0;
    }
    if (hooks.length === 0 || !this.#reader.framed) this.#passRest();
  }

  #passRest(): void {
    this.#write(this.#reader.rest.subarray(this.#sent), 0);
    this.#sent = this.#reader.rest.length;
    if (this.#reader.framed) return;
    this.#reader.take(this.#sent);
    this.#sent = 0;
  }

  #offer(frame: Frame, hooks: readonly Hook[]): void {
    const write = () => this.#write(frame.bytes, 1);
    hooks.reduceRight((pass: () => void, hook) => () => hook(frame, pass), write)();
  }

  #write(bytes: Buffer, frames: number): void {
    if (!this.#to.writable) return;
    const { budget } = this.#traffic;
    const limited = budget?.direction === this.#direction;
    const allowed = limited ? bytes.subarray(0, budget.left) : bytes;
    if (allowed.length > 0) this.#to.write(allowed);
    this.#traffic.bytes[this.#direction] += allowed.length;
    this.#traffic.frames[this.#direction] += frames;
    if (limited) this.#spend(budget, allowed.length);
  }

  #spend(budget: NonNullable<Traffic['budget']>, bytes: number): void {
    budget.left -= bytes;
    if (budget.left > 0) return;
    this.#traffic.budget = undefined;
    this.#to.destroySoon();
    this.#to.once('close', () => this.#link.destroy());
    this.stop();
    budget.spent();
  }
}
