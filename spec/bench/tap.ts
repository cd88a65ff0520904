import { opcode, startProxy, type TcpProxy } from '../support/proxy.js';

/** What has passed. */
export interface Counted {
  readonly which: readonly string[];
  readonly events: number;
  readonly sent: number;
  readonly received: number;
}

/** A proxy that keeps a list of what passes. */
export class Tap implements AsyncDisposable {
  readonly #proxy: TcpProxy;
  #which: string[] = [];
  #events = 0;

  static async before(server: string): Promise<Tap> {
    return new Tap(await startProxy(server));
  }

  private constructor(proxy: TcpProxy) {
    this.#proxy = proxy;
    proxy.onRequest((frame, pass) => {
      this.#which.push(nameOf(frame.opcode));
      pass();
    });
    proxy.onReply((frame, pass) => {
      if (!frame.handshake && frame.xid === -1) this.#events++;
      pass();
    });
  }

  get connect(): string {
    return this.#proxy.connect;
  }

  get counted(): Counted {
    const { toServer, toClient } = this.#proxy.bytes;
    return { which: [...this.#which], events: this.#events, sent: toServer, received: toClient };
  }

  reset(): void {
    this.#which = [];
    this.#events = 0;
    this.#proxy.reset();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#proxy[Symbol.asyncDispose]();
  }
}

function nameOf(code: number): string {
  return Object.entries(opcode).find(([, value]) => value === code)?.[0] ?? `opcode ${code}`;
}
