/** One connection to one peer, from the handshake to its end. */
import type { Socket } from 'node:net';
import { interval, Observable, type Subscriber, timer } from 'rxjs';
import type { Clock, Logger } from '../options.js';
import { createReader, framed, MAC_BYTES } from './frames.js';
import { HANDSHAKE_LIMIT, type Handshake, type Met } from './handshake.js';
import type { Received } from './network.js';

export interface LinkOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** From the first byte to the last proof, in ms; connecting included. */
  readonly handshakeMs: number;
  /** A link that has nothing to say says so this often, in ms. */
  readonly keepAliveMs: number;
  /** A link that has heard nothing for so long is dead, in ms. */
  readonly silenceMs: number;
  readonly maxFrameBytes: number;
  /** More than this on its way to a peer: what comes on top is dropped. */
  readonly maxQueuedBytes: number;
  /** What peers say, from those alone who have proven who they are. */
  readonly receive: (received: Received) => void;
}

export interface Link extends Pick<Met, 'peer' | 'life' | 'dialer'> {
  /** Drops what the peer cannot take in. */
  send(message: unknown): void;
  /** Says what was sent, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

const NOTHING = Buffer.alloc(0);

/**
 * Emits the link once both ends have proven who they are; completes when the connection is over, whatever ended it.
 * Never errors. Unsubscribing closes it at once.
 */
export function openLink(socket: Socket, handshake: Handshake, options: LinkOptions, hello?: object): Observable<Link> {
  return new Observable((subscriber) => {
    const refused = (why: string) => {
      options.logger.warn({ from: socket.remoteAddress, why }, 'peers: a connection was refused');
      socket.destroy();
    };
    let met: Met | undefined;
    const wire = createWire(socket, options, () => met, refused);
    const meet = (content: Buffer) => {
      const step = handshake(parse(content));
      if (step.send) wire.write(json(step.send));
      if (!step.met) return;
      met = step.met;
      deadline.unsubscribe();
      subscriber.add(wire.keepAlive());
      subscriber.next(createLink(met, socket, wire, options));
    };
    const late = () => refused(`no handshake within ${options.handshakeMs} ms`);
    const deadline = timer(options.handshakeMs, options.clock.scheduler).subscribe(late);
    subscriber.add(deadline);
    subscriber.add(() => socket.destroy());
    listen(socket, subscriber, wire.reader(meet));
    if (hello) wire.write(json(hello));
  });
}

function listen(socket: Socket, subscriber: Subscriber<Link>, read: (chunk: Buffer) => void): void {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', read);
  socket.on('end', () => socket.end());
  socket.on('close', () => subscriber.complete());
}

type Wire = ReturnType<typeof createWire>;

/** The bytes of one connection, counted and bounded. */
function createWire(socket: Socket, options: LinkOptions, met: () => Met | undefined, refused: (why: string) => void) {
  let missed = 0;
  let spoke = false;
  const write = (content: Buffer) => {
    spoke = true;
    if (socket.writable) socket.write(framed(content));
  };
  const beat = () => {
    missed += 1;
    // Counted in beats rather than read from the clock: a process that slept has not listened in the meantime.
    if (missed * options.keepAliveMs >= options.silenceMs) return void socket.destroy();
    if (!spoke) write((met() as Met).outgoing.close(NOTHING));
    spoke = false;
  };
  const hear = (content: Buffer, { peer, incoming }: Met) => {
    const body = incoming.open(content);
    if (!body) return refused('a frame is forged or out of order');
    missed = 0;
    if (body.length > 0) options.receive({ from: peer, message: parse(body) });
  };
  const reader = (meet: (content: Buffer) => void) => {
    const take = (content: Buffer) => {
      const known = met();
      if (socket.destroyed) return;
      if (known) hear(content, known);
      else meet(content);
    };
    const read = createReader(() => (met() ? options.maxFrameBytes : HANDSHAKE_LIMIT), take);
    return (chunk: Buffer) => {
      try {
        if (!socket.destroyed && !read(chunk)) refused('a frame is too large');
      } catch (error) {
        refused(error instanceof Error ? error.message : String(error));
      }
    };
  };
  return { write, reader, keepAlive: () => interval(options.keepAliveMs, options.clock.scheduler).subscribe(beat) };
}

function createLink({ peer, life, dialer, outgoing }: Met, socket: Socket, wire: Wire, options: LinkOptions): Link {
  const dropped = (why: string) => options.logger.warn({ peer, why }, 'peers: a message was dropped');
  return {
    peer,
    life,
    dialer,
    send(message) {
      const body = json(message);
      if (body.length + MAC_BYTES > options.maxFrameBytes) return dropped(`it has ${body.length} bytes`);
      if (socket.writableLength > options.maxQueuedBytes) return dropped('the peer takes in less than we send');
      wire.write(outgoing.close(body));
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

const json = (message: unknown) => Buffer.from(JSON.stringify(message));

/** What a stranger said stays out of the error. */
function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    throw new Error('it does not speak JSON');
  }
}
