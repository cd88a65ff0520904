/** One connection in virtual time: what is sent arrives in order, later, unless it breaks. */
import type { Timeline, VirtualProcess } from './virtual-time.js';

interface Timing {
  readonly timeline: Timeline;
  /** How long the next one takes, in ms. */
  delay(): number;
}

/** The server's side of it. */
interface ServerSide {
  /** `false`: nobody listens. */
  opened(): unknown;
  received(frame: Uint8Array): void;
  /** The client is gone. */
  closed(): void;
}

/** The client's side of it. */
export interface ClientSide {
  opened(): void;
  received(frame: Uint8Array): void;
  closed(): void;
}

/** True while what is sent to the server, or by it, has to wait. */
export type IsHeld = (direction: 'up' | 'down') => boolean;

export class Link {
  session: bigint | undefined;
  /** Requests that the server has not answered: the first is being carried out. */
  readonly asked: Uint8Array[] = [];
  readonly #timing: Timing;
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #server: ServerSide;
  readonly #client: ClientSide;
  readonly #isHeld: IsHeld;
  #isClosed = false;

  constructor(
    readonly id: number,
    readonly server: number,
    process: VirtualProcess,
    client: ClientSide,
    isHeld: IsHeld,
    timing: Timing,
    serverSide: ServerSide,
  ) {
    this.#isHeld = isHeld;
    this.#client = client;
    this.#timing = timing;
    this.#server = serverSide;
    this.#up = { direction: 'up', at: 0, waiting: [], take: (act) => act() };
    this.#down = {
      direction: 'down',
      at: 0,
      waiting: [],
      take: (act) => process.arrive(() => this.#isClosed || act()),
    };
    this.#carry(this.#up, () => {
      const accepted = this.#server.opened() !== false;
      this.#carry(this.#down, () => (accepted ? this.#client.opened() : this.#broken()));
    });
  }

  /** Of the client. */
  send(frame: Uint8Array): void {
    if (!this.#isClosed) this.#carry(this.#up, () => this.#server.received(frame));
  }

  /** Of the client: it hears nothing any more; what it has sent may still arrive. */
  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#carry(this.#up, () => this.#server.closed());
  }

  /** Of the server. */
  deliver(frame: Uint8Array): void {
    this.#carry(this.#down, () => this.#client.received(frame));
  }

  /** Of the server: the client hears of it after everything else. */
  hangUp(): void {
    this.#carry(this.#down, () => this.#broken());
  }

  /** The wire breaks: no answer arrives any more. With `arrives`, what the client has sent still does. */
  break(arrives: boolean): void {
    if (this.#isClosed) return;
    this.#down.lost = true;
    this.#up.lost = !arrives;
    this.#down.waiting.length = 0;
    if (arrives) this.#carry(this.#up, () => this.#server.closed());
    else this.#server.closed();
    this.#down.take(() => this.#broken());
  }

  #broken(): void {
    this.#isClosed = true;
    this.#client.closed();
  }

  #carry(lane: Lane, act: () => void): void {
    const { timeline, delay } = this.#timing;
    lane.at = Math.max(lane.at, timeline.now + delay());
    timeline.at(lane.at, () => {
      if (lane.lost) return;
      if (lane.waiting.length > 0 || this.#isHeld(lane.direction)) lane.waiting.push(act);
      else lane.take(act);
    });
  }

  /** What was held up goes on, as far as it can. */
  letGo(): void {
    for (const lane of [this.#up, this.#down])
      while (lane.waiting.length > 0 && !this.#isHeld(lane.direction)) lane.take(lane.waiting.shift()!);
  }
}

/** What goes one way, in order. */
interface Lane {
  readonly direction: 'up' | 'down';
  /** When the last of it arrives. */
  at: number;
  /** What has come as far as the place where it is held up. */
  readonly waiting: (() => void)[];
  readonly take: (act: () => void) => void;
  lost?: boolean;
}
