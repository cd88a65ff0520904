/**
 * The guard layer over node-zookeeper-client 1.1.3, and its only importer: one client object for one ZooKeeper session.
 *
 * The library is correct while all goes well and silent when it does not. What is taken out of its hands here: making
 * connections (deadline for the handshake, TLS, IPv6, back-off, no left-over bytes or packets), noticing that one is
 * gone (everything pending fails at once, after the state has changed), exceptions in its socket handler, its table of
 * error codes, and version 0 in a transaction. What remains is its wire format.
 */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import zookeeper, { type RawClient, type RawOp, type RawResult } from 'node-zookeeper-client';
import { BehaviorSubject, Observable, type Subscriber } from 'rxjs';
import { ConnectionLostError, SessionExpiredError } from '../errors.js';
import { fromCode } from './errors.js';
import type { Acl, Resolved } from './options.js';

/** The life of a session as the wire tells it. `ended` is final: make a new client. */
export type ClientState =
  | { readonly kind: 'connecting' | 'suspended' }
  | { readonly kind: 'connected'; readonly sessionId: bigint; readonly timeoutMs: number }
  | { readonly kind: 'ended'; readonly why: 'expired' | 'refused' | 'closed' };

/** The library's own names for the states of its connection manager. */
const CONNECTING = 1;
const CONNECTED = 2;
const EXPIRED = -3;
const AUTH_FAILED = -4;

export type Answer<T> = (error: unknown, value?: T) => void;

export interface Client {
  /** Replays. */
  readonly state$: Observable<ClientState>;
  /** The current one, without a subscription. */
  readonly state: ClientState;
  /** For how long the server has owed an answer without a sign of life, in ms; 0 when it owes none. */
  silentFor(): number;
  /** For how long we have sent nothing, in ms. */
  idleFor(): number;
  /**
   * A cold request: each subscription sends once, at once. Errors with ConnectionLostError when not connected or when
   * the wire breaks first (then the outcome is unknown), otherwise with the typed error for the server's code.
   */
  submit<T>(what: string, path: string, send: (raw: RawClient, answer: Answer<T>) => void): Observable<T>;
  /** Drops the wire and dials the next server; the session stays. */
  redial(): void;
  /** Ends the session at the server if connected, waits at most `withinMs` for that, then drops everything. Never rejects. */
  close(withinMs: number): Promise<void>;
}

/** Opens a session. Never throws, never rejects: what happens is in `state$`. */
export function openClient(options: Resolved, now: () => number): Client {
  const raw = zookeeper.createClient(`guarded:1${options.chroot}`, {
    sessionTimeout: options.sessionTimeoutMs,
    spinDelay: 1,
    retries: 0,
  });
  const manager = raw.connectionManager;
  const state$ = new BehaviorSubject<ClientState>({ kind: 'connecting' });
  const pending = new Set<Subscriber<unknown>>();
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let heard = now();
  let sent = now();
  let server = Math.floor(Math.random() * options.servers.length);

  teachErrorCodes();
  checkInternals(raw);
  manager.xid = 1; // xid 0 unbalances the throttling of some servers.
  if (options.auth) raw.addAuthInfo(options.auth.scheme, Buffer.from(options.auth.credentials));
  manager.connect = () => {
    if (state$.value.kind === 'ended') return;
    manager.setState(CONNECTING);
    timer = setTimeout(dial, failures < options.servers.length ? 0 : backOff(failures, options));
  };
  manager.on('state', onState);
  manager.connect();

  function dial(): void {
    const target = options.servers[server++ % options.servers.length]!;
    const socket = options.tls ? tls.connect({ ...options.tls, ...target }) : net.connect(target);
    failures++;
    manager.pendingBuffer = null;
    manager.packetQueue.queue.length = 0;
    manager.socket = socket;
    timer = setTimeout(() => socket.destroy(), options.connectTimeoutMs);
    socket.setNoDelay();
    socket.on('close', onLost);
    socket.on(
      options.tls ? 'secureConnect' : 'connect',
      total(() => manager.onSocketConnected()),
    );
    socket.on(
      'data',
      total((chunk: Buffer) => manager.onSocketData(chunk)),
    );
    socket.on('data', () => (heard = now()));
    socket.on(
      'drain',
      total(() => manager.onSocketDrain()),
    );
    socket.on('error', () => {});
    socket.on(
      'close',
      total((hadError: boolean) => manager.onSocketClosed(hadError)),
    );
  }

  /** The library handles a whole chunk in one call: an exception there would lose the answers behind it. */
  function total<A extends unknown[]>(handle: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        handle(...args);
      } catch (error) {
        options.logger.error({ err: error }, 'zookeeper: unreadable answer, connection dropped');
        manager.socket?.destroy();
      }
    };
  }

  function onState(code: number): void {
    if (code === CONNECTED) {
      clearTimeout(timer);
      failures = 0;
      heard = now();
      become({ kind: 'connected', sessionId: manager.sessionId.readBigInt64BE(), timeoutMs: manager.sessionTimeout });
    } else if (code === EXPIRED) end('expired');
    else if (code === AUTH_FAILED) end('refused');
  }

  /** Runs before the library hears of it: first the doubt is told, then every pending request fails. */
  function onLost(): void {
    clearTimeout(timer);
    if (state$.value.kind === 'connected') become({ kind: 'suspended' });
    for (const subscriber of [...pending]) subscriber.error(new ConnectionLostError());
  }

  function become(state: ClientState): void {
    if (state$.value.kind !== 'ended') state$.next(state);
  }

  function end(why: 'expired' | 'refused' | 'closed'): void {
    clearTimeout(timer);
    become({ kind: 'ended', why });
    for (const subscriber of [...pending]) subscriber.error(new ConnectionLostError());
    const socket = manager.socket;
    if (why !== 'closed') setImmediate(() => socket?.destroy());
  }

  function submit<T>(what: string, path: string, send: (raw: RawClient, answer: Answer<T>) => void): Observable<T> {
    return new Observable<T>((subscriber) => {
      if (state$.value.kind !== 'connected')
        return subscriber.error(new ConnectionLostError(`${what} ${path} (not sent)`));
      if (pending.size === 0) heard = now();
      sent = now();
      pending.add(subscriber as Subscriber<unknown>);
      cork(manager.socket);
      send(raw, (error, value) => {
        pending.delete(subscriber as Subscriber<unknown>);
        if (error) return subscriber.error(refusal(typed(error, what, path)));
        subscriber.next(value as T);
        subscriber.complete();
      });
      return () => pending.delete(subscriber as Subscriber<unknown>);
    });
  }

  /** The server may tell of the end in an answer, before it closes the connection. */
  function refusal(error: unknown): unknown {
    if (error instanceof SessionExpiredError) end('expired');
    return error;
  }

  async function close(withinMs: number): Promise<void> {
    const socket = manager.socket;
    const connected = state$.value.kind === 'connected';
    end('closed');
    if (!socket || !connected || socket.destroyed) return void socket?.destroy();
    const deadline = setTimeout(() => socket.destroy(), withinMs);
    socket.once('close', () => clearTimeout(deadline));
    raw.close();
    await once(socket, 'close');
  }

  return {
    state$: state$.asObservable(),
    get state() {
      return state$.value;
    },
    silentFor: () => (pending.size > 0 ? now() - heard : 0),
    idleFor: () => now() - sent,
    submit,
    redial: () => manager.socket?.destroy(),
    close,
  };
}

/** What is sent in one turn of the event loop leaves in one write. */
function cork(socket: net.Socket | undefined): void {
  if (!socket || socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(() => socket.uncork());
}

/** Full jitter: between nothing and a bound that doubles, so that a restarted ensemble is not met by everybody at once. */
export function backOff(failures: number, options: { retryMinMs: number; retryMaxMs: number }): number {
  return Math.random() * Math.min(options.retryMaxMs, options.retryMinMs * 2 ** Math.min(failures, 20));
}

function typed(error: unknown, what: string, path: string): unknown {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' ? fromCode(code, { what, path }, error) : error;
}

/** Runs a transaction as built: the library's own builder turns version 0 into "any version". */
export function commit(raw: RawClient, ops: readonly RawOp[], answer: Answer<RawResult[]>): void {
  const transaction = raw.transaction();
  transaction.ops.push(...ops);
  transaction.commit((error, results) => {
    const index = results?.findIndex((result) => result.err !== undefined && result.err !== 0) ?? -1;
    if (index < 0) return answer(error, results);
    answer(fromCode(results![index]!.err!, { what: 'commit', path: ops[index]!.path, index }, error));
  });
}

/** Our ACL entries as the library wants them. */
export function rawAcl(acl: readonly Acl[]): unknown[] {
  return acl.map(({ perms, scheme, id }) => new zookeeper.ACL(perms, new zookeeper.Id(scheme, id)));
}

export const events = zookeeper.Event;

/** The library throws at a code it does not know (quota, throttling, moved), inside the socket handler. */
function teachErrorCodes(): void {
  const exception = zookeeper.Exception as typeof zookeeper.Exception & { taught?: true };
  if (exception.taught) return;
  const known = exception.create;
  exception.taught = true;
  exception.create = (code, path) => {
    try {
      return known(code, path);
    } catch (cause) {
      return Object.assign(new Error(`ZooKeeper code ${code}`, { cause }), { code });
    }
  };
}

/** The internals used above must be there: better a refusal at the start than a surprise at the first fault. */
function checkInternals({ connectionManager: manager }: RawClient): void {
  const there =
    [
      manager.connect,
      manager.setState,
      manager.onSocketConnected,
      manager.onSocketData,
      manager.onSocketDrain,
      manager.onSocketClosed,
    ].every((member) => typeof member === 'function') && Array.isArray(manager.packetQueue?.queue);
  if (!there)
    throw new Error('node-zookeeper-client is not 1.1.3: install exactly the version that this package pins.');
}
