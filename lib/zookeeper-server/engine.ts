/** The shell around the machine: clock and connections in, frames out. Knows of sockets, but of no way to listen. */
import type { Socket } from 'node:net';
import type { Clock } from './clock.js';
import { addressOf } from './endpoint.js';
import { Faults } from './faults.js';
import { FrameCutter, FrameError } from './frames.js';
import { sessionWanted } from './handshake.js';
import { Lag } from './lag.js';
import { Link } from './link.js';
import { createState, type Rules, type State } from './state.js';
import { type Input, type Output, step } from './step.js';
import { answerWord } from './words.js';

/** What happens, without when. */
type Happening = Input extends infer I ? (I extends Input ? Omit<I, 'at'> : never) : never;

export interface EngineOptions {
  readonly rules: Rules;
  readonly clock: Clock;
  /** The longest frame taken, in bytes: jute.maxbuffer. */
  readonly maxFrameBytes: number;
  /** Is told every input, for replay. */
  readonly record?: (input: Input) => void;
}

export class Engine {
  readonly faults: Faults;
  readonly #options: EngineOptions;
  readonly #links = new Map<number, Link>();
  readonly #lags = new Set<Lag>();
  readonly #state: State;
  #connections = 0;
  #stopTicking: () => void = () => undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#state = createState(options.rules);
    this.faults = new Faults({
      expire: (session) => this.#state.sessions.has(session) && this.#submit({ kind: 'expire', session }),
      jump: (path, next) => this.#state.nodes.has(path) && this.#submit({ kind: 'jump', path, next }),
      deny: (path, denied) => void this.#submit({ kind: 'deny', path, denied }),
      flush: () => this.#flush(),
      lag: (covers, fired) => this.lag(({ session, wanted }) => covers(session ?? wanted), fired, false),
    });
  }

  /** To be looked at, never changed. */
  get state(): State {
    return this.#state;
  }

  /** Sessions age from now on. */
  run(): void {
    this.#tickLater();
  }

  /** Everybody is disconnected; sessions do not age. */
  halt(): void {
    this.#stopTicking();
    this.#submit({ kind: 'restart' });
    for (const { socket } of this.#links.values()) socket.destroy();
  }

  /** Comes back with its data, every session with its whole time; or as if it had never been. */
  revive(data: 'kept' | 'lost'): void {
    this.#submit({ kind: 'restart', data });
    this.run();
  }

  /** Takes a client. `covered` connections belong to one endpoint. */
  accept(socket: Socket): Link {
    const link = new Link(++this.#connections, socket, this.faults, this.#options.clock);
    socket.on('error', () => undefined);
    const door = this.faults.atTheDoor();
    if (door === 'refuse') socket.destroy();
    if (door) socket.resume();
    else this.#serve(link);
    return link;
  }

  /**
   * From now on the connections it covers see the tree as it is now, and cannot write. Returns how to end that: by
   * letting them catch up, or by closing them as a server does that comes back to its ensemble.
   */
  lag(covers: (link: Link) => boolean, fired: () => void, closing: boolean): () => void {
    const lag = new Lag(this.#state, covers, fired);
    const covered = [...this.#links.values()].filter(covers);
    for (const { id } of covered) this.#submit({ kind: 'blind', connection: id });
    this.#lags.add(lag);
    return () => {
      if (!this.#lags.delete(lag)) return;
      this.#end(lag, closing);
    };
  }

  /** Everybody hears what happened, and watches on, before anybody's writes happen. */
  #end(lag: Lag, closing: boolean): void {
    const missed = closing ? [] : lag.catchUp();
    const covered = [...this.#links.values()].filter((link) => lag.covers(link));
    for (const link of covered) {
      if (closing || lag.isDoomed(link)) link.hangUp();
      else if (!link.over) this.#catchUp(link, lag, missed);
    }
    for (const link of covered) for (const frame of lag.heldFrom(link)) if (!link.over) this.#receive(link, frame);
  }

  #catchUp(link: Link, lag: Lag, missed: readonly Output[]): void {
    for (const output of missed.filter(({ connection }) => connection === link.id)) link.deliver(output);
    for (const frame of lag.credentialsOf(link)) this.#step(this.#now({ kind: 'request', connection: link.id, frame }));
    this.#submit({ kind: 'rewatch', connection: link.id, watched: lag.watchedBy(link) });
  }

  #serve(link: Link): void {
    const { socket } = link;
    const cutter = new FrameCutter(this.#options.maxFrameBytes);
    this.#links.set(link.id, link);
    socket.on('data', (chunk: Buffer) => this.#read(link, cutter, chunk));
    socket.on('close', () => this.#gone(link));
  }

  #gone(link: Link): void {
    this.#links.delete(link.id);
    if (link.session !== undefined) this.#submit({ kind: 'disconnect', connection: link.id });
  }

  /** Replies to what arrived together leave together. */
  #read(link: Link, cutter: FrameCutter, chunk: Buffer): void {
    if (link.over) return;
    cutter.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    try {
      if (link.received > 0 || !this.#word(link, cutter)) this.#frames(link, cutter);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      link.hangUp();
    }
  }

  /** One reply leaves as it is: holding it back to join it with none costs more than making it. */
  #frames(link: Link, cutter: FrameCutter): void {
    const first = cutter.next();
    if (first) this.#receive(link, first);
    if (!cutter.holdsMore) return;
    link.socket.cork();
    try {
      for (let frame = cutter.next(); frame && !link.over; frame = cutter.next()) this.#receive(link, frame);
    } finally {
      link.socket.uncork();
    }
  }

  /** True if the connection began with a four-letter word, which is answered and ends it. */
  #word(link: Link, cutter: FrameCutter): boolean {
    const { word } = cutter;
    const answer = word && answerWord(word, this.#state, [...this.#links.values()]);
    if (answer === undefined || answer === '') return false;
    link.over = true;
    link.socket.end(answer);
    return true;
  }

  #receive(link: Link, frame: Uint8Array): void {
    if (link.received++ === 0) link.wanted = sessionWanted(frame);
    const lag = this.#lagOf(link);
    const at = this.#options.clock.now();
    if (lag) this.#dispatch(lag.answer(link, frame, at), true);
    else if (link.session === undefined) this.#greet(link, frame, at);
    else this.#take({ kind: 'request', at, connection: link.id, frame });
  }

  #greet(link: Link, hello: Uint8Array, at: number): void {
    const outputs = this.#step({ kind: 'connect', at, connection: link.id, address: addressOf(link.socket), hello });
    link.session = this.#state.connections.get(link.id)?.session;
    this.#dispatch(outputs, false);
  }

  #lagOf(link: Link): Lag | undefined {
    for (const lag of this.#lags) if (lag.covers(link)) return lag;
    return undefined;
  }

  /** What happens now. True, so that it can be asked whether it was done. */
  #submit(happening: Happening): true {
    this.#take(this.#now(happening));
    return true;
  }

  #now(happening: Happening): Input {
    return { ...happening, at: this.#options.clock.now() } as Input;
  }

  #take(input: Input): void {
    this.#dispatch(this.#step(input), false);
  }

  #step(input: Input): Output[] {
    this.#options.record?.(input);
    for (const lag of this.#lags) lag.note(this.#state, input);
    return step(this.#state, input);
  }

  #dispatch(outputs: readonly Output[], lagging: boolean): void {
    for (const output of outputs) {
      const link = this.#links.get(output.connection);
      const lag = link && !lagging ? this.#lagOf(link) : undefined;
      if (link && lag) lag.doom(link, output);
      else link?.deliver(output);
    }
  }

  #flush(): void {
    for (const link of this.#links.values()) link.flush();
  }

  /** At the next multiple of the tick; a timer that comes a little early counts as on time. */
  #tickLater(): void {
    const { clock, rules } = this.#options;
    const due = (Math.floor(clock.now() / rules.tickMs) + 1) * rules.tickMs;
    this.#stopTicking = clock.after(due - clock.now(), () => {
      this.#take({ kind: 'tick', at: Math.max(due, clock.now()) });
      this.#tickLater();
    });
  }
}
