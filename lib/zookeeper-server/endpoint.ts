/** A place where clients connect: TCP, TLS or a Unix socket. On loopback unless told otherwise. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export interface TlsOptions {
  /** PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /**
   * PEM: clients must show a certificate of this authority. Who shows none is refused by an alert. Who shows one of another
   * authority is hung up on: Node judges certificates after OpenSSL's handshake and can send no alert then, so such a
   * client sees a lost connection, where a real server's alert would tell it why.
   */
  readonly ca?: string | Buffer;
}

export interface Address {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default a free one */
  readonly port?: number;
  /** A Unix socket instead. */
  readonly path?: string;
  readonly tls?: TlsOptions;
}

export class Endpoint {
  readonly #address: Address;
  readonly #accept: (socket: Socket) => void;
  /** Of all who are connected, those in the middle of a TLS handshake too. */
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;

  constructor(address: Address, accept: (socket: Socket) => void) {
    this.#address = address;
    this.#accept = accept;
    this.#port = address.port ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  /** `host:port`, or the path of the Unix socket. */
  get connectString(): string {
    const { path, host = '127.0.0.1' } = this.#address;
    return path ?? `${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
  }

  get listening(): boolean {
    return this.#server !== undefined;
  }

  /** Listens; the second time where it did the first. */
  async open(): Promise<void> {
    if (this.#address.path !== undefined) this.#server = await this.#listen({ path: this.#address.path });
    else if (this.#port !== 0) this.#server = await this.#listen(this.#at(this.#port));
    else this.#server = await this.#listenSomewhere();
  }

  /** Takes no more connections, and ends those that are there. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #at(port: number) {
    return { host: this.#address.host ?? '127.0.0.1', port };
  }

  /** Below the range that outgoing connections draw from, so that it is free when a stopped server comes back to it. */
  async #listenSomewhere(): Promise<Server> {
    for (let tries = 100; ; tries--) {
      const port = 12_000 + Math.floor(Math.random() * 20_000);
      try {
        const server = await this.#listen(this.#at(port));
        this.#port = port;
        return server;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === 0) throw error;
      }
    }
  }

  async #listen(where: { path: string } | { host: string; port: number }): Promise<Server> {
    const server = this.#create();
    server.listen(where);
    await once(server, 'listening');
    server.on('error', () => undefined);
    server.on('connection', (socket: Socket) => this.#note(socket));
    return server;
  }

  #note(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #create(): Server {
    const { tls } = this.#address;
    if (!tls) return createServer({ noDelay: true }, this.#accept);
    const server = createTlsServer({ ...tls, requestCert: tls.ca !== undefined }, this.#accept);
    server.on('tlsClientError', () => undefined);
    return server;
  }
}

/** As ACLs have it: IPv4 in IPv6's clothes undressed, a Unix socket as this machine. */
export function addressOf({ remoteAddress }: Socket): string {
  return remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1';
}
