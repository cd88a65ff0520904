/**
 * One ZooKeeper session over as many connections as it takes, with node-zookeeper-client as its wire format: what that
 * library fails at is done here instead. Facts and measurements: each has a spec in `spec/zookeeper/guard`.
 */

import { BehaviorSubject, Observable, Subject, type Subscriber } from 'rxjs';
import { ConnectionLostError, SessionExpiredError } from '../errors.js';
import { backOff } from './back-off.js';
import { Frame, readEvent } from './codec.js';
import { fromAnswer, isCertificateError } from './errors.js';
import { cork, frameCutter } from './frames.js';
import type { Resolved, Server } from './options.js';
import type { Answer, Client, ClientState, Socket, WatchEvent } from './port.js';
import type { RawClient } from './raw.js';

/** The library's own names for the states of its connection manager, and for answers that nobody asked for. */
const STATE = { connecting: 1, connected: 2, expired: -3, refused: -4 } as const;
const XID = { notification: -1, ping: -2 } as const;

/** One session, over as many connections as it takes. `dial` makes one; it throws when the options can never work. */
export class Guard implements Client {
  readonly #state$ = new BehaviorSubject<ClientState>({ kind: 'connecting' });
  readonly state$ = this.#state$.asObservable();
  readonly #event$ = new Subject<WatchEvent>();
  readonly event$ = this.#event$.asObservable();
  readonly #pending = new Set<Subscriber<never>>();
  /** The servers whose TLS refused us, or ours them, before the first session. */
  readonly #refusals = new Set<Server>();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #heard: number;
  #sent: number;
  #server: number;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly raw: RawClient,
    private readonly dialTo: (server: Server) => Socket,
    private readonly options: Resolved,
    private readonly now: () => number,
  ) {
    this.#heard = this.#sent = now();
    this.#server = Math.floor(Math.random() * options.servers.length);
    const manager = raw.connectionManager;
    manager.connect = () => this.#connect();
    manager.on('state', (code) => this.#onState(code));
    manager.connect();
  }

  get state(): ClientState {
    return this.#state$.value;
  }

  get #manager() {
    return this.raw.connectionManager;
  }

  /** Counted by the library's queues: an answer is owed whether or not anybody still waits for it. */
  get #owed(): number {
    return this.#manager.pendingQueue.length + this.#manager.packetQueue.queue.length;
  }

  silentFor(): number {
    return this.#owed > 0 ? this.now() - this.#heard : 0;
  }

  idleFor(): number {
    return this.now() - this.#sent;
  }

  redial(ifSilentForMs = 0): void {
    const { socket } = this.#manager;
    if (ifSilentForMs === 0) socket?.destroy();
    else if (this.silentFor() >= ifSilentForMs)
      setImmediate(() => {
        if (this.silentFor() >= ifSilentForMs) socket?.destroy();
      });
  }

  submit<T>(what: string, path: string, send: (raw: RawClient, answer: Answer<T>) => void): Observable<T> {
    return new Observable<T>((subscriber) => {
      if (this.state.kind !== 'connected')
        return subscriber.error(new ConnectionLostError(`${what} ${path} (not sent)`));
      if (this.#owed === 0) this.#heard = this.now();
      this.#sent = this.now();
      this.#pending.add(subscriber);
      subscriber.add(() => this.#pending.delete(subscriber));
      cork(this.#manager.socket);
      send(this.raw, (error, value) => {
        if (error) return this.#refuse(subscriber, fromAnswer(error, { what, path }));
        subscriber.next(value as T);
        subscriber.complete();
      });
    });
  }

  close(withinMs: number): Promise<void> {
    this.#closing ??= this.#leave(withinMs);
    return this.#closing;
  }

  #leave(withinMs: number): Promise<void> {
    const { socket } = this.#manager;
    const polite = this.state.kind === 'connected' && socket?.destroyed === false;
    this.#end('closed');
    return new Promise((resolve) => {
      if (!socket || socket.destroyed) return resolve();
      const deadline = setTimeout(() => socket.destroy(), withinMs);
      socket.once('close', () => {
        clearTimeout(deadline);
        resolve();
      });
      if (polite) this.raw.close();
      else socket.destroy();
    });
  }

  /** In place of the library's own: called at the start, and whenever a connection has ended. Waits after each round. */
  #connect(): void {
    if (this.state.kind === 'ended') return;
    this.#manager.setState(STATE.connecting);
    const rounds = this.#failures / this.options.servers.length;
    const waitMs = rounds > 0 && Number.isInteger(rounds) ? backOff(rounds, this.options) : 0;
    this.#timer = setTimeout(() => this.#dial(), waitMs);
  }

  #dial(): void {
    const server = this.options.servers[this.#server++ % this.options.servers.length]!;
    this.#failures++;
    this.#manager.packetQueue.queue.length = 0;
    this.#manager.xid = 1; // 0 unbalances the throttling of some servers, 2^31 is thrown at.
    try {
      this.#attach(this.dialTo(server), server);
    } catch (cause) {
      this.#end('refused', cause); // An unreadable certificate or key.
    }
  }

  #attach(socket: Socket, server: Server): void {
    const manager = this.#manager;
    const cut = frameCutter();
    const on = <A extends unknown[]>(event: string, handle: (...args: A) => void) =>
      socket.on(event, this.#total(socket, handle));
    manager.socket = socket;
    this.#timer = setTimeout(() => this.#onOverdue(socket), this.options.connectTimeoutMs);
    on('error', (error: Error) => this.#onError(error, server));
    on('close', () => this.#onLost());
    on(this.options.tls ? 'secureConnect' : 'connect', () => manager.onSocketConnected());
    on('data', (chunk: Buffer) => this.#onFrames(socket, cut(chunk)));
    on('drain', () => manager.onSocketDrain());
    on('close', (hadError: boolean) => manager.onSocketClosed(hadError));
  }

  /** Whatever is thrown at the socket would end the process. An unreadable answer costs the connection. */
  #total<A extends unknown[]>(socket: Socket, handle: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        handle(...args);
      } catch (error) {
        socket.destroy();
        this.options.logger.error({ err: error }, 'zookeeper: unreadable answer, connection dropped');
      }
    };
  }

  /** An answer, or a part of one, is a sign of life; what the server says unasked is none. */
  #onFrames(socket: Socket, frames: readonly Buffer[]): void {
    if (frames.length === 0) this.#heard = this.now();
    for (const frame of frames) {
      if (this.state.kind === 'ended' || socket.destroyed) return;
      const xid = frame.readInt32BE(4);
      if (xid !== XID.notification && xid !== XID.ping) this.#heard = this.now();
      if (this.state.kind === 'connected') this.#failures = 0;
      if (xid === XID.notification) this.#event$.next(readEvent(frame, this.options.chroot));
      else if (!this.#answered(frame, xid)) this.#manager.onSocketData(frame);
    }
  }

  /** Answers to requests of ours are read by those who asked. What does not fit is left to the library: it drops the wire. */
  #answered(frame: Buffer, xid: number): boolean {
    const manager = this.#manager;
    const { request, callback } = manager.pendingQueue[0] ?? {};
    if (!(request instanceof Frame) || request.header.xid !== xid) return false;
    manager.pendingQueue.shift();
    manager.zxid = Buffer.from(frame.subarray(8, 16));
    const code = frame.readInt32BE(16);
    callback!(code === 0 ? null : { code }, frame);
    return true;
  }

  #onState(code: number): void {
    if (code === STATE.expired) this.#end('expired');
    else if (code === STATE.refused) this.#end('refused');
    else if (code === STATE.connected) this.#onConnected();
  }

  #onConnected(): void {
    const { sessionId, sessionTimeout } = this.#manager;
    clearTimeout(this.#timer);
    this.#refusals.clear();
    this.#heard = this.now();
    this.#become({ kind: 'connected', sessionId: sessionId.readBigInt64BE(), timeoutMs: sessionTimeout });
  }

  /** No session after `connectTimeoutMs`; if we were paused, it may have arrived without having been read. */
  #onOverdue(socket: Socket): void {
    setImmediate(() => {
      if (this.state.kind !== 'connected') socket.destroy();
    });
  }

  #onError(error: Error, server: Server): void {
    const level = this.#failures > this.options.servers.length ? 'debug' : 'warn';
    this.options.logger[level]({ err: error, server }, 'zookeeper: connection failed');
    if (this.state.kind !== 'connecting' || !isCertificateError(error)) return;
    this.#refusals.add(server);
    if (this.#refusals.size === this.options.servers.length) this.#end('refused', error);
  }

  /** Runs before the library hears of it: first the doubt is told, then every pending request fails. */
  #onLost(): void {
    clearTimeout(this.#timer);
    if (this.state.kind === 'connected') this.#become({ kind: 'suspended' });
    this.#failPending();
  }

  #failPending(): void {
    for (const subscriber of [...this.#pending]) subscriber.error(new ConnectionLostError());
  }

  #become(state: ClientState): void {
    if (this.state.kind !== 'ended') this.#state$.next(state);
  }

  #end(why: 'expired' | 'refused' | 'closed', cause?: unknown): void {
    clearTimeout(this.#timer);
    this.#become({ kind: 'ended', why, cause });
    this.#failPending();
    if (why !== 'closed') this.#manager.socket?.destroy();
  }

  /** The server may tell of the end in an answer, before it closes the connection; or that the session has moved on. */
  #refuse(subscriber: Subscriber<never>, error: unknown): void {
    this.#pending.delete(subscriber);
    if (error instanceof ConnectionLostError) this.redial();
    if (error instanceof SessionExpiredError) this.#end('expired');
    subscriber.error(error);
  }
}
