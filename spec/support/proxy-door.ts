import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Link, type Traffic } from './proxy-link.js';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Where clients come in: each is joined to the server by a link, left without an answer, or sent away. */
export class Door {
  readonly port: number;
  target: Target;
  admission: 'forward' | 'silent' | 'refuse' = 'forward';
  /** Connections accepted since somebody set this to zero. */
  accepted = 0;
  readonly #traffic: Traffic;
  readonly #patienceMs: number;
  readonly #links = new Set<Link>();
  readonly #unanswered = new Set<Socket>();
  #listener: Server | undefined;

  constructor(target: Target, port: number, traffic: Traffic, patienceMs: number) {
    this.target = target;
    this.port = port;
    this.#traffic = traffic;
    this.#patienceMs = patienceMs;
  }

  /** Connections that clients have open now. */
  get open(): number {
    const clients = [...this.#unanswered, ...[...this.#links].map((link) => link.client)];
    return clients.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  }

  /** Moves on whatever may now move. */
  pump(): void {
    for (const link of this.#links) link.pump();
  }

  /** Ends every open connection, orderly or with a TCP reset. */
  cut(how: 'close' | 'reset'): void {
    for (const link of this.#links) how === 'reset' ? link.reset() : link.destroy();
    for (const socket of this.#unanswered) socket.destroy();
  }

  /** Closed: connections are cut, and new ones refused by the system. */
  async down(): Promise<void> {
    const closed = this.#listener && once(this.#listener, 'close');
    this.#listener?.close();
    this.#listener = undefined;
    this.cut('close');
    await closed;
  }

  async up(): Promise<void> {
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    await once(this.#listener.listen(this.port, '127.0.0.1'), 'listening');
  }

  #accept(client: Socket): void {
    this.accepted++;
    if (this.admission === 'refuse') client.destroy();
    else if (this.admission === 'silent') this.#leaveUnanswered(client);
    else void this.#link(client);
  }

  #leaveUnanswered(client: Socket): void {
    this.#watch(client);
    client.on('end', () => client.destroy()).resume();
  }

  async #link(client: Socket): Promise<void> {
    this.#watch(client);
    const server = await this.#reach(performance.now() + this.#patienceMs, client);
    this.#unanswered.delete(client);
    if (!server || client.destroyed) {
      client.destroy();
      server?.destroy();
      return;
    }
    const link = new Link(client, server, this.#traffic);
    this.#links.add(link);
    const forget = () => client.destroyed && server.destroyed && this.#links.delete(link);
    client.on('close', forget);
    server.on('close', forget);
  }

  #watch(client: Socket): void {
    this.#unanswered.add(client);
    client.on('error', () => undefined).on('close', () => this.#unanswered.delete(client));
  }

  async #reach(deadline: number, client: Socket): Promise<Socket | undefined> {
    while (!client.destroyed) {
      const server = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
      const reached = await once(server, 'connect').catch(() => undefined);
      if (reached) return server;
      if (performance.now() >= deadline) return undefined;
      await pause(10);
    }
    return undefined;
  }
}
