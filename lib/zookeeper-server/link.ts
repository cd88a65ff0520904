/** One client's connection: what is sent to it, in order, through whatever faults are on. */
import type { Socket } from 'node:net';
import type { Clock } from './clock.js';
import type { Delay, Fate, Faults } from './faults.js';
import type { Output } from './outputs.js';

type Sent = Exclude<Output, { kind: 'close' }>;

/** A client that does not read gets no more than this kept for it, in bytes. */
const LONGEST_BACKLOG = 64 * 1024 * 1024;

export class Link {
  readonly id: number;
  readonly socket: Socket;
  session: bigint | undefined;
  /** The session that it has asked for; 0 for a new one. */
  wanted = 0n;
  /** Nothing more is read from it or said to it. */
  over = false;
  sent = 0;
  received = 0;
  readonly #faults: Faults;
  readonly #clock: Clock;
  #queue: Output[] = [];
  /** Until a delayed reply is due, everything behind it waits. */
  #delay: Delay | undefined;
  /** The head of the queue has waited already. */
  #due = false;

  constructor(id: number, socket: Socket, faults: Faults, clock: Clock) {
    this.id = id;
    this.socket = socket;
    this.#faults = faults;
    this.#clock = clock;
  }

  deliver(output: Output): void {
    this.#queue.push(output);
    this.flush();
  }

  /** Sends what may be sent by now. */
  flush(): void {
    if (this.#delay?.isLifted()) this.#endDelay();
    while (this.#queue.length > 0 && !this.over && !this.#delay && !this.#faults.isSilent(this.session))
      this.#send(this.#queue[0] as Output);
  }

  #send(output: Output): void {
    if (output.kind === 'close') this.hangUp();
    else this.#subject(output);
  }

  /** Notifications have no fate of their own. */
  #subject(output: Sent): void {
    const fate = output.kind === 'reply' && !this.#due ? this.#fateOf(output) : undefined;
    if (fate && 'delayMs' in fate) this.#wait(fate);
    else this.#leave(output, fate);
  }

  #leave(output: Sent, fate: Exclude<Fate, Delay> | undefined): void {
    this.#due = false;
    this.#queue.shift();
    if (!fate) this.#write(output.frame);
    else if ('cutAfter' in fate) this.#cut(output.frame, fate.cutAfter);
  }

  #fateOf({ opcode, error }: Extract<Sent, { kind: 'reply' }>) {
    return this.#faults.fateOf(opcode, error, this.session ?? 0n);
  }

  #wait(delay: Delay): void {
    this.#delay = delay;
    this.#clock.after(delay.delayMs, () => {
      if (this.#delay === delay) this.#endDelay();
      this.flush();
    });
  }

  #endDelay(): void {
    this.#delay = undefined;
    this.#due = true;
  }

  #write(frame: Uint8Array): void {
    this.sent++;
    this.socket.write(frame);
    if (this.socket.writableLength > LONGEST_BACKLOG) this.socket.destroy();
  }

  #cut(frame: Uint8Array, bytes: number): void {
    this.over = true;
    this.#queue = [];
    if (bytes > 0) this.socket.write(frame.subarray(0, bytes));
    this.socket.destroySoon();
  }

  /** What was written still goes out; nothing after it does. */
  hangUp(): void {
    this.over = true;
    this.#queue = [];
    this.socket.destroySoon();
  }
}
