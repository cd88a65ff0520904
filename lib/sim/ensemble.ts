/**
 * A ZooKeeper ensemble in virtual time: several servers, each with a copy of the tree that follows one log.
 *
 * Each copy is the embedded server's pure core. Writes, greetings and ends of sessions are entries of the log: whoever
 * gets one forwards it to the first server, which puts it in order; every server applies the log in that order, later
 * than the first. A session goes on at another server by the word of the first one. Reads are answered from the copy of the server that is asked. Sessions are judged by the first server
 * alone, from what the others relay to it. So a server that is cut off from the others does what a real follower does:
 * it goes on answering reads and pings, its writes hang, and the sessions of its clients run out.
 */
import { isWrite } from '../zookeeper-server/requests/index.js';
import type { State } from '../zookeeper-server/state.js';
import { type Input, type Output, step } from '../zookeeper-server/step.js';
import { Expiries } from './expiries.js';
import { type ClientSide, type IsHeld, Link } from './link.js';
import { type EnsembleOptions, goesOn, newServer, opcodeOf, type Server } from './simulated-server.js';
import type { Timeline, VirtualProcess } from './virtual-time.js';

/** An input that every copy takes, in one order. */
type Entry = Input extends infer I ? (I extends Input ? Omit<I, 'at'> : never) : never;

export class Ensemble {
  readonly servers: readonly Server[];
  readonly expiries: Expiries;
  readonly #timeline: Timeline;
  readonly #options: EnsembleOptions;
  /** What waits for the first server while it cannot commit. */
  #stalled: Entry[] | undefined;
  #links = 0;
  /** Is told of every entry once the first server has applied it. */
  onCommit: (entry: Entry, state: State) => void = () => undefined;

  constructor(timeline: Timeline, options: EnsembleOptions) {
    this.#timeline = timeline;
    this.#options = options;
    this.expiries = new Expiries(options.tickMs);
    this.servers = Array.from({ length: options.servers }, (_, index) => newServer(index, options));
    this.#tickLater();
  }

  /** The tree as the first server has it. */
  get state(): State {
    return this.servers[0]!.state;
  }

  /** A new connection; nothing ever comes of it while the server cannot be reached. */
  dial(process: VirtualProcess, server: number, isHeld: IsHeld, client: ClientSide): Link {
    this.#links += 1;
    const timing = { timeline: this.#timeline, delay: this.#options.delay };
    const at = this.servers[server]!;
    const link: Link = new Link(this.#links, server, process, client, isHeld, timing, {
      opened: () => at.isUp && at.links.set(link.id, link),
      received: (frame) => this.#receive(at, link, frame),
      closed: () => this.#gone(at, link),
    });
    return link;
  }

  /** From now on this server and the others do not hear each other. Returns how to end that. */
  cut(index: number): () => void {
    const server = this.servers[index]!;
    if (index === 0 || server.cut) return () => undefined;
    server.cut = { out: [], in: [] };
    return () => this.#heal(server);
  }

  /** From now on this server hears nothing of the others: what it knows is old. Returns how to end that. */
  lag(index: number): () => void {
    const server = this.servers[index]!;
    if (index === 0 || server.cut) return () => undefined;
    server.cut = { out: undefined, in: [] };
    return () => this.#heal(server);
  }

  /** This server hangs up on its clients, and takes no new ones. Returns how to end that. */
  stop(index: number): () => void {
    const server = this.servers[index]!;
    server.isUp = false;
    for (const link of [...server.links.values()]) this.#hangUp(server, link);
    return () => {
      server.isUp = true;
    };
  }

  /** Nothing is committed for a while; then every session has its whole time again, as under a new leader. */
  stall(): () => void {
    if (this.#stalled) return () => undefined;
    this.#stalled = [];
    return () => {
      const waiting = this.#stalled ?? [];
      this.#stalled = undefined;
      for (const id of this.state.sessions.keys()) this.#touch(id);
      for (const entry of waiting) this.#commit(entry);
    };
  }

  /** Something an operator does, or time. */
  submit(entry: Entry): void {
    if (this.#stalled) this.#stalled.push(entry);
    else this.#commit(entry);
  }

  #receive(server: Server, link: Link, frame: Uint8Array): void {
    if (!server.links.has(link.id)) return;
    if (link.session !== undefined) this.#relayed(server, link.session);
    link.asked.push(frame);
    if (link.asked.length === 1) this.#answer(server, link);
  }

  /** One after the other: what is behind a write waits until this server has applied it. */
  #answer(server: Server, link: Link): void {
    for (let frame = link.asked[0]; frame; frame = link.asked[0]) {
      const isGreeting = link.session === undefined;
      const request = { kind: 'request', connection: link.id, frame } as const;
      if (isGreeting) this.#greet(server, link, frame);
      else if (isWrite(opcodeOf(frame))) this.#forward(server, request);
      if (isGreeting || isWrite(opcodeOf(frame))) return;
      link.asked.shift();
      this.#send(server, step(server.state, { ...request, at: this.#timeline.now }));
    }
  }

  #greet(server: Server, link: Link, hello: Uint8Array): void {
    this.#forward(server, { kind: 'connect', connection: link.id, address: '127.0.0.1', hello });
  }

  #gone(server: Server, link: Link): void {
    if (server.links.delete(link.id)) this.#forward(server, { kind: 'disconnect', connection: link.id });
  }

  #hangUp(server: Server, link: Link): void {
    link.hangUp();
    this.#gone(server, link);
  }

  /** On its way to the first server. */
  #forward(server: Server, entry: Entry): void {
    const go = () => {
      server.outAt = Math.max(server.outAt, this.#timeline.now + (server.index === 0 ? 0 : this.#options.delay()));
      this.#timeline.at(server.outAt, () => this.submit(entry));
    };
    if (server.cut?.out) server.cut.out.push(go);
    else go();
  }

  #commit(entry: Entry): void {
    for (const server of this.servers) this.#applyLater(server, entry);
  }

  #applyLater(server: Server, entry: Entry): void {
    const apply = () => this.#apply(server, entry);
    const go = () => {
      const inMs = this.#options.delay() + this.#options.behind();
      server.inAt = Math.max(server.inAt, this.#timeline.now + inMs);
      this.#timeline.at(server.inAt, apply);
    };
    if (server.index === 0) apply();
    else if (server.cut) server.cut.in.push(go);
    else go();
  }

  #apply(server: Server, entry: Entry): void {
    const outputs = step(server.state, { ...entry, at: this.#timeline.now } as Input);
    if (server.index === 0) this.#account(entry);
    if (server.index === 0 && entry.kind === 'connect') this.#vouch(entry.connection, outputs);
    const isToldAlready = entry.kind === 'connect' && server.ahead.delete(entry.connection);
    this.#send(server, isToldAlready ? outputs.filter(({ connection }) => connection !== entry.connection) : outputs);
    if (isToldAlready) return;
    if (entry.kind !== 'request' && entry.kind !== 'connect') return;
    const link = server.links.get(entry.connection);
    if (!link) return;
    link.session ??= server.state.connections.get(link.id)?.session;
    link.asked.shift();
    this.#answer(server, link);
  }

  /** The first server tells the one that was asked that a session goes on. */
  #vouch(id: number, outputs: readonly Output[]): void {
    const server = this.servers.find(({ links }) => links.has(id));
    const connection = this.state.connections.get(id);
    if (!server || server.index === 0 || !connection) return;
    this.#timeline.at(this.#timeline.now + this.#options.delay(), () => {
      const link = server.links.get(id);
      if (!link || server.cut?.out || !goesOn(server, link, connection)) return;
      this.#send(
        server,
        outputs.filter((output) => output.connection === id),
      );
      link.asked.shift();
      this.#answer(server, link);
    });
  }

  /** The first server's books. */
  #account(entry: Entry): void {
    const { sessions, connections } = this.state;
    if (entry.kind === 'connect' || entry.kind === 'request') {
      const session = connections.get(entry.connection)?.session;
      if (session !== undefined && (entry.kind === 'connect' || !this.expiries.has(session))) this.#touch(session);
    }
    this.expiries.only(sessions);
    this.onCommit(entry, this.state);
  }

  #send(server: Server, outputs: readonly Output[]): void {
    for (const output of outputs) {
      const link = server.links.get(output.connection);
      if (!link) continue;
      if (output.kind === 'close') this.#hangUp(server, link);
      else link.deliver(output.frame);
    }
  }

  #heal(server: Server): void {
    const held = server.cut;
    server.cut = undefined;
    for (const go of held?.in ?? []) go();
    for (const go of held?.out ?? []) go();
  }

  /** The first server knows at once, the others tell it in time for the next tick, mostly. */
  #relayed(server: Server, session: bigint): void {
    if (server.index === 0) this.#touch(session);
    else server.touched.add(session);
  }

  #touch(session: bigint): void {
    const timeoutMs = this.state.sessions.get(session)?.timeoutMs;
    if (timeoutMs !== undefined) this.expiries.touch(session, this.#timeline.now, timeoutMs);
  }

  #tickLater(): void {
    const { tickMs } = this.#options;
    this.#timeline.at((Math.floor(this.#timeline.now / tickMs) + 1) * tickMs, () => {
      this.#tick();
      this.#tickLater();
    });
  }

  #tick(): void {
    for (const { cut, touched } of this.servers) {
      if (cut?.out || this.#options.forgets()) continue;
      for (const session of touched) this.#touch(session);
      touched.clear();
    }
    if (this.#stalled) return;
    for (const session of this.expiries.over(this.#timeline.now)) this.submit({ kind: 'expire', session });
  }
}
