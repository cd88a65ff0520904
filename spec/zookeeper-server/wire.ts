/** A client that hides nothing: what it sends is given byte by byte, what comes is kept in the order in which it came. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { int, long, text } from '../support/bare-client.js';
import { FrameReader } from '../support/frames.js';
import { until } from '../support/until.js';

export interface Reply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly error: number;
  readonly body: Buffer;
  /** What had come before it, unasked: the order on the wire is a promise. */
  readonly heard: readonly Event[];
}

export interface Event {
  readonly type: number;
  readonly path: string;
}

/** Who to be when a session is to be gone on with. */
export interface Identity {
  readonly session: bigint;
  readonly password: Buffer;
}

export interface Greeting extends Partial<Identity> {
  readonly timeoutMs?: number;
  readonly lastZxid?: bigint;
  /** Leaves the last byte out, as clients before 3.4 do. */
  readonly old?: boolean;
}

export class Wire {
  readonly socket: Socket;
  /** Notifications nobody has asked for yet, since the last reply. */
  readonly events: Event[] = [];
  session = 0n;
  password: Buffer = Buffer.alloc(16);
  timeoutMs = 0;
  closed = false;
  readonly #replies: Reply[] = [];
  readonly #reader = new FrameReader(true);
  #hello: Buffer | undefined;
  #xid = 0;

  /** Opens a connection and greets; `session` is 0 if the server would not have it. */
  static async open(server: string, greeting: Greeting = {}): Promise<Wire> {
    const wire = new Wire(server);
    wire.send(greet(greeting));
    await until(() => wire.#hello ?? wire.closed, { describe: 'an answer to the greeting' });
    return wire;
  }

  constructor(server: string) {
    const colon = server.lastIndexOf(':');
    this.socket = connect({ port: Number(server.slice(colon + 1)), host: server.slice(0, colon), noDelay: true });
    this.socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#reader.push(chunk)) this.#receive(frame.subarray(4));
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  get identity(): Identity {
    return { session: this.session, password: this.password };
  }

  send(frame: Buffer): void {
    this.socket.write(Buffer.concat([int(frame.length), frame]));
  }

  /** Sends a request; the next reply is its own. Undefined if the connection ended instead. */
  async request(opcode: number, body: Buffer = Buffer.alloc(0)): Promise<Reply | undefined> {
    this.#xid += 1;
    this.send(Buffer.concat([int(this.#xid), int(opcode), body]));
    return this.reply();
  }

  async reply(): Promise<Reply | undefined> {
    await until(() => this.#replies.length > 0 || this.closed, { describe: 'a reply', every: 1 });
    return this.#replies.shift();
  }

  /** Ends the session, if there still is one. */
  async end(): Promise<void> {
    if (!this.closed && this.session !== 0n) await this.request(-11);
    this.socket.destroy();
    if (!this.closed) await once(this.socket, 'close');
  }

  #receive(frame: Buffer): void {
    if (this.#hello) this.#answered(frame);
    else this.#greeted(frame);
  }

  #answered(frame: Buffer): void {
    const xid = frame.readInt32BE(0);
    const [zxid, error, body] = [frame.readBigInt64BE(4), frame.readInt32BE(12), frame.subarray(16)];
    if (xid === -1) this.events.push({ type: body.readInt32BE(0), path: body.toString('utf8', 12) });
    else this.#replies.push({ xid, zxid, error, body, heard: this.events.splice(0) });
  }

  #greeted(frame: Buffer): void {
    this.#hello = frame;
    this.timeoutMs = frame.readInt32BE(4);
    this.session = frame.readBigInt64BE(8);
    this.password = Buffer.from(frame.subarray(20, 36));
  }
}

function greet({
  session = 0n,
  password = Buffer.alloc(16),
  timeoutMs = 30_000,
  lastZxid = 0n,
  old,
}: Greeting): Buffer {
  const tail = old ? [] : [Buffer.from([0])];
  return Buffer.concat([int(0), long(lastZxid), int(timeoutMs), long(session), text(password), ...tail]);
}
