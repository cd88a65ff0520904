import type { Frame } from '../../lib/zookeeper/codec.js';

export interface Asked {
  readonly xid: number;
  readonly callback: (error: unknown, frame?: Buffer) => void;
}

/** What was asked on a connection and is not answered yet, in order; and when either side last spoke. */
export class Asking {
  readonly #now: () => number;
  readonly #send: (bytes: Buffer) => void;
  #queue: Asked[] = [];
  #xid = 1;
  #heard: number;
  #sent: number;

  constructor(now: () => number, send: (bytes: Buffer) => void) {
    this.#now = now;
    this.#send = send;
    this.#heard = this.#sent = now();
  }

  silentFor(): number {
    return this.#queue.length > 0 ? this.#now() - this.#heard : 0;
  }

  idleFor(): number {
    return this.#now() - this.#sent;
  }

  /** The other side has spoken. */
  heard(): void {
    this.#heard = this.#now();
  }

  /** We are about to speak; silence counts from here if nothing was waited for. */
  speaks(): void {
    if (this.#queue.length === 0) this.heard();
    this.#sent = this.#now();
  }

  ask(frame: Frame, callback: Asked['callback']): void {
    this.push(frame, this.#xid++, callback);
  }

  push(frame: Frame, xid: number, callback: Asked['callback']): void {
    frame.header.xid = xid;
    this.#queue.push({ xid, callback });
    this.#send(frame.toBuffer().subarray(4));
  }

  /** Answers come in the order of the questions. */
  answer(frame: Buffer, xid: number): void {
    this.heard();
    const asked = this.#queue.shift();
    if (asked?.xid !== xid) throw new Error(`an answer to ${xid} came in place of one to ${asked?.xid}`);
    const code = frame.readInt32BE(16);
    asked.callback(code === 0 ? null : { code }, frame);
  }

  /** The connection is gone, and every answer with it. */
  startOver(): void {
    this.#queue = [];
    this.#xid = 1;
  }
}
