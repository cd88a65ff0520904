/**
 * The port `Client` in virtual time, as `guard.ts` and the library under it keep it over sockets: everything above is
 * the shipped code, frames included.
 */
import { BehaviorSubject, Observable, Subject, type Subscriber } from 'rxjs';
import { ConnectionLostError, SessionExpiredError } from '../../lib/errors.js';
import type { Ensemble } from '../../lib/sim/ensemble.js';
import type { IsHeld, Link } from '../../lib/sim/link.js';
import type { VirtualProcess } from '../../lib/sim/virtual-time.js';
import { backOff } from '../../lib/zookeeper/back-off.js';
import { Reader, Writer } from '../../lib/zookeeper/codec.js';
import { fromAnswer } from '../../lib/zookeeper/errors.js';
import type { Resolved } from '../../lib/zookeeper/options.js';
import type { Answer, Client, ClientState, WatchEvent } from '../../lib/zookeeper/port.js';
import type { RawClient } from '../../lib/zookeeper/raw.js';
import { OpCode, Xid } from '../../lib/zookeeper-server/opcodes.js';
import { EventType } from '../../lib/zookeeper-server/watches.js';
import { Asking } from './zookeeper-asking.js';
import { library } from './zookeeper-library.js';

/** What a client lives in. */
export interface Surroundings {
  readonly process: VirtualProcess;
  readonly ensemble: Ensemble;
  isHeld(server: number): IsHeld;
  dialled(link: Link): void;
  /** Everybody here has been told that the znode is gone. */
  toldOfEnd(path: string): void;
  trace(what: () => string): void;
}

export class SimulatedClient implements Client {
  readonly #state$ = new BehaviorSubject<ClientState>({ kind: 'connecting' });
  readonly state$ = this.#state$.asObservable();
  readonly #event$ = new Subject<WatchEvent>();
  readonly event$ = this.#event$.asObservable();
  readonly #around: Surroundings;
  readonly #options: Resolved;
  readonly #pending = new Set<Subscriber<never>>();
  readonly #asking: Asking;
  readonly #raw: RawClient;
  #link: Link | undefined;
  #callOff: () => void = () => undefined;
  #session: { readonly id: bigint; readonly password: Buffer } = { id: 0n, password: Buffer.alloc(16) };
  #zxid = 0n;
  #failures = 0;
  #server: number;

  constructor(around: Surroundings, options: Resolved) {
    this.#around = around;
    this.#options = options;
    this.#asking = new Asking(
      () => around.process.now(),
      (bytes) => this.#link?.send(bytes),
    );
    this.#server = Math.floor(options.random() * around.ensemble.servers.length);
    this.#raw = library(this.#asking);
    this.#connect();
  }

  get state(): ClientState {
    return this.#state$.value;
  }

  silentFor(): number {
    return this.#asking.silentFor();
  }

  idleFor(): number {
    return this.#asking.idleFor();
  }

  redial(ifSilentForMs = 0): void {
    const link = this.#link;
    if (ifSilentForMs === 0) this.#drop(link);
    else if (this.silentFor() >= ifSilentForMs)
      this.#around.process.soon(() => {
        if (this.silentFor() >= ifSilentForMs) this.#drop(link);
      });
  }

  submit<T>(what: string, path: string, send: (raw: RawClient, answer: Answer<T>) => void): Observable<T> {
    return new Observable<T>((subscriber) => {
      if (this.state.kind !== 'connected')
        return subscriber.error(new ConnectionLostError(`${what} ${path} (not sent)`));
      this.#asking.speaks();
      this.#pending.add(subscriber);
      subscriber.add(() => this.#pending.delete(subscriber));
      this.#around.trace(() => `asks to ${what} ${path}`);
      send(this.#raw, (error, value) => {
        this.#around.trace(() => `hears of ${what} ${path}: ${error ? JSON.stringify(error) : 'done'}`);
        if (error) return this.#refuse(subscriber, fromAnswer(error, { what, path }));
        subscriber.next(value as T);
        subscriber.complete();
      });
    });
  }

  close(withinMs: number): Promise<void> {
    const link = this.#link;
    if (this.state.kind === 'ended') return Promise.resolve();
    const polite = this.state.kind === 'connected';
    this.#end('closed');
    if (polite) this.#asking.ask(new Writer().frame(OpCode.closeSession), () => undefined);
    return new Promise((resolve) => {
      const done = () => {
        this.#drop(link);
        resolve();
      };
      if (!polite) return done();
      this.#closed = done;
      this.#callOff = this.#around.process.after(withinMs, done);
    });
  }

  #closed: () => void = () => undefined;

  #connect(): void {
    if (this.state.kind === 'ended') return;
    const rounds = this.#failures / this.#around.ensemble.servers.length;
    const waitMs = rounds > 0 && Number.isInteger(rounds) ? backOff(rounds, this.#options) : 0;
    this.#callOff = this.#around.process.after(waitMs, () => this.#dial());
  }

  #dial(): void {
    const { ensemble, process, isHeld, dialled, trace } = this.#around;
    const server = this.#server++ % ensemble.servers.length;
    this.#failures++;
    trace(() => `dials server ${server}`);
    const link: Link = ensemble.dial(process, server, isHeld(server), {
      opened: () => link === this.#link && this.#greet(),
      received: (frame) => link === this.#link && this.#onFrame(Buffer.from(frame)),
      closed: () => link === this.#link && this.#onLost(),
    });
    this.#link = link;
    dialled(link);
    const overdue = () => this.state.kind !== 'connected' && this.#drop(link);
    this.#callOff = process.after(this.#options.connectTimeoutMs, () => process.soon(overdue));
  }

  #greet(): void {
    const { id, password } = this.#session;
    const hello = Buffer.alloc(44);
    hello.writeBigInt64BE(this.#zxid, 4);
    hello.writeInt32BE(this.#options.sessionTimeoutMs, 12);
    hello.writeBigInt64BE(id, 16);
    hello.writeInt32BE(16, 24);
    password.copy(hello, 28);
    this.#link!.send(hello);
  }

  #onFrame(frame: Buffer): void {
    if (this.state.kind === 'ended') return;
    if (this.state.kind !== 'connected') this.#onWelcome(frame);
    else if (frame.readInt32BE(4) === Xid.notification) this.#onEvent(frame);
    else this.#onAnswer(frame, frame.readInt32BE(4));
  }

  #onAnswer(frame: Buffer, xid: number): void {
    this.#failures = 0;
    this.#zxid = frame.readBigInt64BE(8);
    this.#asking.answer(frame, xid);
  }

  #onWelcome(frame: Buffer): void {
    const timeoutMs = frame.readInt32BE(8);
    if (timeoutMs <= 0) this.#end('expired');
    else this.#welcome(timeoutMs, frame.readBigInt64BE(12), Buffer.from(frame.subarray(24, 40)));
  }

  #welcome(timeoutMs: number, id: bigint, password: Buffer): void {
    this.#session = { id, password };
    this.#callOff();
    this.#asking.heard();
    this.#around.trace(() => `has session ${id.toString(16)}`);
    this.#become({ kind: 'connected', sessionId: id, timeoutMs });
  }

  #onEvent(frame: Buffer): void {
    const from = new Reader(frame);
    const [type, , path] = [from.int(), from.int(), from.text()];
    this.#around.trace(() => `is told of event ${type} at ${path}`);
    this.#event$.next({ type, path });
    if (type === EventType.deleted) this.#around.toldOfEnd(path);
  }

  #onLost(): void {
    this.#callOff();
    this.#link = undefined;
    this.#asking.startOver();
    this.#around.trace(() => 'has no connection');
    if (this.state.kind === 'connected') this.#become({ kind: 'suspended' });
    this.#failPending();
    this.#closed();
    this.#connect();
  }

  #drop(link: Link | undefined): void {
    if (!link || link !== this.#link) return;
    link.destroy();
    this.#onLost();
  }

  #failPending(): void {
    for (const subscriber of [...this.#pending]) subscriber.error(new ConnectionLostError());
  }

  #become(state: ClientState): void {
    if (this.state.kind !== 'ended') this.#state$.next(state);
  }

  #end(why: 'expired' | 'refused' | 'closed'): void {
    this.#callOff();
    this.#around.trace(() => `its session has ended: ${why}`);
    this.#become({ kind: 'ended', why });
    this.#failPending();
    if (why !== 'closed') this.#drop(this.#link);
  }

  #refuse(subscriber: Subscriber<never>, error: unknown): void {
    this.#pending.delete(subscriber);
    if (error instanceof ConnectionLostError) this.redial();
    if (error instanceof SessionExpiredError) this.#end('expired');
    subscriber.error(error);
  }
}
