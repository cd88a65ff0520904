import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { FrameReader, opcode } from './frames.js';
import type { Tls } from './zookeeper.js';

export interface Reply {
  readonly xid: number;
  readonly zxid: bigint;
  /** 0, or one of ZooKeeper's negative error codes. */
  readonly error: number;
  readonly body: Buffer;
}

/**
 * ZooKeeper's wire protocol and nothing else: no retries, no heartbeats, no events. The witness where the library must
 * not be its own witness, and the floor that benchmarks compare with.
 */
export class BareClient implements Disposable {
  readonly socket: Socket | TLSSocket;
  /** What arrived without having been asked for. */
  readonly notifications: Reply[] = [];
  sessionId = 0n;
  /** What the server made of the session timeout we asked for. */
  timeoutMs = 0;
  closed = false;
  readonly #reader = new FrameReader(true);
  readonly #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  #handshake: ((bytes: Buffer) => void) | undefined;
  #xid = 0;

  /** Opens a session at `host:port`, or with TLS. */
  static async connect(server: string | Tls, timeoutMs = 30_000): Promise<BareClient> {
    const client = new BareClient(dial(server));
    const answer = new Promise<Buffer>((resolve) => {
      client.#handshake = resolve;
    });
    client.#send(Buffer.concat([int(0), long(0n), int(timeoutMs), long(0n), text('\0'.repeat(16))]));
    const bytes = await Promise.race([answer, client.#ended()]);
    client.timeoutMs = bytes.readInt32BE(8);
    client.sessionId = bytes.readBigInt64BE(12);
    return client;
  }

  private constructor(socket: Socket | TLSSocket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#reader.push(chunk)) this.#receive(frame);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#fail());
  }

  /** Sends any request; resolves with the reply, rejects when the connection ends before. */
  request(code: number, ...body: Buffer[]): Promise<Reply> {
    const reply = new Promise<Reply>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#send(Buffer.concat([int(++this.#xid), int(code), ...body]));
    return reply;
  }

  /** Creates a znode that anybody may do anything with. Flags: 1 ephemeral, 2 sequential. */
  async create(path: string, data: string, flags = 0): Promise<Reply> {
    const anybody = Buffer.concat([int(1), int(31), text('world'), text('anyone')]);
    return this.request(opcode.create, text(path), text(data), anybody, int(flags));
  }

  getData(path: string, watch = false): Promise<Reply> {
    return this.request(opcode.getData, text(path), Buffer.from([watch ? 1 : 0]));
  }

  setData(path: string, data: string, version = -1): Promise<Reply> {
    return this.request(opcode.setData, text(path), text(data), int(version));
  }

  delete(path: string, version = -1): Promise<Reply> {
    return this.request(opcode.delete, text(path), int(version));
  }

  /** Ends the session, so that its ephemerals are gone when this resolves. */
  async close(): Promise<void> {
    await this.request(opcode.closeSession);
    this.socket.destroy();
  }

  /** Drops the connection; the session lives on until its timeout. */
  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #send(bytes: Buffer): void {
    this.socket.write(Buffer.concat([int(bytes.length), bytes]));
  }

  #receive(frame: Buffer): void {
    const handshake = this.#handshake;
    this.#handshake = undefined;
    if (handshake) handshake(frame);
    else this.#dispatch(frame);
  }

  #dispatch(frame: Buffer): void {
    const reply = {
      xid: frame.readInt32BE(4),
      zxid: frame.readBigInt64BE(8),
      error: frame.readInt32BE(16),
      body: frame.subarray(20),
    };
    if (reply.xid === -1) this.notifications.push(reply);
    else this.#waiting.shift()?.resolve(reply);
  }

  /** Rejects once the connection is gone: the server hung up, or refused, or TLS failed. */
  async #ended(): Promise<never> {
    await once(this.socket, 'close').catch(() => undefined);
    throw new Error('the server closed the connection');
  }

  #fail(): void {
    this.closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection ended'));
  }
}

function dial(server: string | Tls): Socket | TLSSocket {
  if (typeof server !== 'string') {
    const { port, ca, cert, key } = server;
    return connectTls({ host: '127.0.0.1', port, ca, cert, key });
  }
  const colon = server.lastIndexOf(':');
  return connectTcp(Number(server.slice(colon + 1)), server.slice(0, colon));
}

/** The encodings of the wire, for requests that have no method here. */
export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** A string, or binary data: its length and its bytes. */
export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([int(bytes.length), bytes]);
}
