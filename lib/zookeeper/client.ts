/**
 * The only importer of node-zookeeper-client 1.1.3 and of the sockets under it: one client object for one session.
 *
 * The library is correct while all goes well and silent when it does not. What is taken out of its hands, in `guard.ts`:
 * making connections (deadline for the handshake, TLS, IPv6, back-off, no left-over bytes or packets), noticing that one
 * is gone (everything pending fails at once, after the state has changed), exceptions in its socket handler, its table of
 * error codes, watches (`watches.ts`), and the encoding of the requests that have to be quick or exact (`codec.ts`). What
 * remains is the session: its handshake, the queue and order of requests, and pings.
 */
import net from 'node:net';
import tls from 'node:tls';
import library from 'node-zookeeper-client';
import { Guard } from './guard.js';
import type { Resolved, Server } from './options.js';
import type { Client, Socket } from './port.js';
import type { RawClient, RawLibrary } from './raw.js';

export { backOff } from './back-off.js';
export type { Answer, Client, ClientState } from './port.js';

export type OpenClient = (options: Resolved, now: () => number) => Client;

const zookeeper: RawLibrary = library;

/** Opens a session. Never rejects: what happens is in `state$`. Throws only when the library is not the pinned one. */
export function openClient(options: Resolved, now: () => number): Client {
  const raw = zookeeper.createClient(`guarded:1${options.chroot}`, {
    sessionTimeout: options.sessionTimeoutMs,
    spinDelay: 1,
    retries: 0,
  });
  teachErrorCodes();
  checkInternals(raw);
  if (options.auth) raw.addAuthInfo(options.auth.scheme, Buffer.from(options.auth.credentials));
  return new Guard(raw, (server) => dial(options, server), options, now);
}

function dial({ tls: secure }: Resolved, server: Server): Socket {
  const socket = secure ? tls.connect({ ...secure, ...server }) : net.connect(server);
  return socket.setNoDelay();
}

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
      manager.queue,
      manager.setState,
      manager.onSocketConnected,
      manager.onSocketData,
      manager.onSocketDrain,
      manager.onSocketClosed,
    ].every((member) => typeof member === 'function') &&
    Array.isArray(manager.packetQueue?.queue) &&
    Array.isArray(manager.pendingQueue);
  if (!there)
    throw new Error('node-zookeeper-client is not 1.1.3: install exactly the version that this package pins.');
}
