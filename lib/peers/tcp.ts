/**
 * The real transport: frames over TCP or TLS between nodes that have proven to each other who they are.
 *
 * Everybody dials everybody else that is not linked yet, and keeps at it. So a node that comes back is reached at once,
 * by its own dialling, and a wire that heals within `retryMaxMs`.
 */
import { X509Certificate } from 'node:crypto';
import { isIP, connect as netConnect, createServer as netServer, type Socket } from 'node:net';
import { createSecureContext, type TLSSocket, connect as tlsConnect, createServer as tlsServer } from 'node:tls';
import { EMPTY, map, merge, Observable, ReplaySubject, repeat, retry, share, switchMap, tap, timer } from 'rxjs';
import { InvalidOptionError } from '../errors.js';
import type { Peer } from './address.js';
import { accepting, dialing, type Handshake } from './handshake.js';
import { openLink } from './link.js';
import type { NodeId } from './machine.js';
import { forEachMember } from './members.js';
import type { Network } from './network.js';
import { close, furnish, type Room, takeIn } from './room.js';
import { type PeerTls, type ResolvedTcp, resolveTcp, type TcpOptions } from './tcp-options.js';

export type { Peer } from './address.js';
export type { PeerList, PeerTls, TcpOptions } from './tcp-options.js';

/** Listens and dials from now until `close()`. Throws InvalidOptionError. */
export const tcp = (given: TcpOptions): Network => openTcp(checkTcp(given));

/** Opens nothing yet. Throws InvalidOptionError, also for certificates that no connection could use. */
export function checkTcp(given: TcpOptions): ResolvedTcp {
  const options = resolveTcp(given);
  try {
    if (options.tls) checkTls(options.tls);
  } catch (cause) {
    const rule = 'must be a CA, a certificate and the key to it, as PEM';
    throw Object.assign(new InvalidOptionError('tls', '***', rule), { cause });
  }
  return options;
}

/** Throws for what cannot be used. A CA that is none would do no harm, and no peer would ever be trusted. */
function checkTls(tls: PeerTls): void {
  createSecureContext(tls);
  new X509Certificate(tls.ca);
}

/** The same with options that are checked already. */
export function openTcp(options: ResolvedTcp): Network {
  const room = furnish(options);
  const { mesh, known } = room;
  const others$ = options.peers$.pipe(
    map((peers) => peers.filter(({ id }) => id !== options.self)),
    tap((peers) => {
      known.clear();
      for (const { id } of peers) known.add(id);
      mesh.keep(known);
    }),
    share({ connector: () => new ReplaySubject(1), resetOnComplete: false }),
  );
  const dialled$ = forEachMember(others$, ({ id, host, port }) => `${id}@${host}:${port}`, keepDialling(room));
  const running = merge(dialled$, listening(room)).subscribe();
  let closed: Promise<void> | undefined;
  return {
    self: options.self,
    peers$: others$.pipe(map((peers) => peers.map(({ id }) => id))),
    reachable$: mesh.reachable$,
    received$: mesh.received$,
    send: mesh.send,
    close: () => {
      closed ??= close(room, running);
      return closed;
    },
  };
}

/** Doubled from attempt to attempt, up to the largest; of that between a half and all, so that not everybody dials at once. */
export function redialAfterMs(
  { retryMinMs, retryMaxMs }: Pick<ResolvedTcp, 'retryMinMs' | 'retryMaxMs'>,
  attempt: number,
  random: number,
): number {
  return Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(attempt, 30)) * (0.5 + random / 2);
}

/** Dials a peer again and again while there is no link to it, whoever opened it. */
function keepDialling(room: Room): (peer: Peer) => Observable<never> {
  const { mesh, options } = room;
  const wait = (attempt: number) => timer(redialAfterMs(options, attempt, Math.random()), options.clock.scheduler);
  return (peer) => {
    const attempts$ = dial(room, peer).pipe(repeat({ delay: wait }));
    return mesh.linked$(peer.id).pipe(switchMap((linked) => (linked ? EMPTY : attempts$)));
  };
}

/** One attempt; completes when it has failed or the link is over. Unsubscribing gives up what is not a link yet. */
function dial(room: Room, { id, host, port }: Peer): Observable<never> {
  const { options, own, mesh } = room;
  return new Observable((subscriber) => {
    let met = false;
    const { tls } = options;
    const socket = tls
      ? tlsConnect({ host, port, ...tls, servername: isIP(host) ? '' : host, checkServerIdentity: () => undefined })
      : netConnect({ host, port });
    const { hello, handshake } = dialing(own, id);
    const checked: Handshake = (message) => handshake(certified(message, socket, id, tls));
    const link$ = openLink(socket, checked, { ...options, receive: mesh.receive }, hello);
    const attempt = takeIn(
      room,
      link$,
      () => {
        met = true;
      },
      () => subscriber.complete(),
    );
    return () => {
      if (!met) attempt.unsubscribe();
    };
  });
}

/** Accepts connections; a port that cannot be had is tried for again and again. */
function listening(room: Room): Observable<never> {
  const { options } = room;
  const { clock, logger, listen, retryMaxMs } = options;
  return new Observable<never>((subscriber) => {
    const { tls, handshakeMs } = options;
    const door = createDoor(room);
    const server = tls
      ? tlsServer({ ...tls, requestCert: true, rejectUnauthorized: true, handshakeTimeout: handshakeMs })
      : netServer();
    server.on('connection', door.count);
    server.on(tls ? 'secureConnection' : 'connection', door.admit);
    server.on('error', (error) => subscriber.error(error));
    server.listen({ ...listen, exclusive: true });
    return () => void server.close();
  }).pipe(
    retry({
      delay: (error) => {
        logger.error({ ...listen, error }, 'peers: cannot listen; trying again');
        return timer(retryMaxMs, clock.scheduler);
      },
    }),
  );
}

/** Where strangers wait until they have proven who they are: so many, and no more. */
function createDoor(room: Room) {
  const { options, own, mesh, known } = room;
  const { tls, maxStrangers } = options;
  let strangers = 0;
  return {
    count(socket: Socket) {
      if (strangers >= maxStrangers) return void socket.destroy();
      strangers += 1;
      socket.once('close', () => {
        strangers -= 1;
      });
    },
    admit(socket: Socket) {
      if (socket.destroyed) return;
      let claimed = '';
      const handshake = accepting(own, (id) => {
        claimed = id;
        return known.has(id);
      });
      const checked: Handshake = (message) => {
        const step = handshake(message);
        certified(message, socket, claimed, tls);
        return step;
      };
      const met = () => {
        strangers -= 1;
        socket.once('close', () => {
          strangers += 1;
        });
      };
      takeIn(room, openLink(socket, checked, { ...options, receive: mesh.receive }), met, () => undefined);
    },
  };
}

/** The message, from one whose certificate bears this id. Throws for any other. */
function certified(message: unknown, socket: Socket | TLSSocket, id: NodeId, tls: PeerTls | undefined): unknown {
  if (!tls) return message;
  const { subject, subjectaltname = '' } = (socket as TLSSocket).getPeerCertificate();
  const names = [subject?.CN ?? [], subjectaltname.split(', ').map((name) => name.replace(/^(DNS|URI):/, ''))].flat();
  if (names.includes(id)) return message;
  throw new Error(`its certificate does not bear the name ${id}`);
}
