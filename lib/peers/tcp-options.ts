import { readFileSync } from 'node:fs';
import { concatMap, EMPTY, isObservable, type Observable, of, ReplaySubject, retry, share, timer } from 'rxjs';
import { InvalidOptionError } from '../errors.js';
import { type Clock, checkDuration, checkTogether, type Logger, silent, systemClock, unfailing } from '../options.js';
import { checkNodeId, checkPeers, isLoopback, type Peer, parsePeer } from './address.js';
import type { LinkOptions } from './link.js';
import type { NodeId } from './machine.js';

/** Certificates, as PEM. The certificate's common name or an alternative name must be the node's id. */
export interface PeerTls {
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export type PeerList = string | readonly (Peer | string)[];

export interface TcpOptions {
  /** This node's id. */
  readonly self: NodeId;
  /**
   * Everybody in the group, this node included: `n1@host:7001,n2@host:7002`, or a list, the same in every process; or,
   * where the protocol lets members come and go, an observable of such lists (discovery): one that errors is subscribed
   * to again after `retryMaxMs`, and the last list goes on until then.
   */
  readonly peers: PeerList | Observable<PeerList>;
  /** Where to listen, `host:port`, if not at this node's own address in `peers`: behind NAT, `0.0.0.0:7001`. */
  readonly listen?: string;
  /**
   * What everybody in the group knows and nobody else: at least 16 characters. Peers prove it to each other without
   * sending it, and seal every frame with it. The messages can still be read on the wire: for secrecy use `tls`.
   * @default the environment's SUCCESSION_SECRET
   */
  readonly secret?: string;
  /** A file that holds the secret; white space around it does not count. */
  readonly secretFile?: string;
  readonly tls?: PeerTls;
  /** A quiet connection says that it is alive this often, in ms. @default 500 */
  readonly keepAliveMs?: number;
  /** A connection that has heard nothing for so long is dead, in ms. At least two heartbeats. @default 2000 */
  readonly silenceMs?: number;
  /** From dialling to the last proof, in ms. @default 2000 */
  readonly handshakeMs?: number;
  /** Between two attempts to reach a peer, in ms: doubled from the first to the second, with jitter. @default 50 and 2000 */
  readonly retryMinMs?: number;
  readonly retryMaxMs?: number;
  /**
   * Larger messages are neither sent nor taken: the same on every node. The data of all candidates of one node in an
   * election may be a quarter of it. @default 1048576
   */
  readonly maxFrameBytes?: number;
  /** More than this on its way to one peer: what comes on top is dropped. @default 4194304 */
  readonly maxQueuedBytes?: number;
  /** So many connections that have proven nothing yet; more are closed at once. @default 64 */
  readonly maxStrangers?: number;
  /** @default the machine's clocks */
  readonly clock?: Clock;
  /** @default says nothing */
  readonly logger?: Logger;
}

export interface ResolvedTcp extends Omit<LinkOptions, 'receive'> {
  readonly self: NodeId;
  /** Everybody, this node included if the list says so. Replays. */
  readonly peers$: Observable<readonly Peer[]>;
  readonly listen: { readonly host: string; readonly port: number };
  readonly secret: Buffer | undefined;
  readonly tls: PeerTls | undefined;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly maxStrangers: number;
}

/** Copies, takes defaults, checks each, checks together, freezes. Throws InvalidOptionError. */
export function resolveTcp(given: TcpOptions, env: NodeJS.ProcessEnv = process.env): ResolvedTcp {
  const self = checkNodeId('self', given.self);
  const fixed = isObservable(given.peers) ? undefined : checkPeers('peers', given.peers);
  const secret = secretOf(given, env);
  const authenticated = secret !== undefined || given.tls !== undefined;
  const listen = listenAt(given, fixed);
  const hosts = [listen, ...(fixed ?? [])].map(({ host }) => host);
  const exposed = fixed ? hosts.find((host) => !isLoopback(host)) : 'any host that discovery names';
  checkTogether(
    authenticated || exposed === undefined,
    'secret',
    undefined,
    `must be given (secret, secretFile or SUCCESSION_SECRET), or tls, since ${exposed} is not only this machine`,
  );
  const times = timings(given);
  const tools = { clock: given.clock ?? systemClock, logger: unfailing(given.logger ?? silent) };
  return Object.freeze({
    ...times,
    ...tools,
    self,
    peers$: fixed ? of(fixed) : discovered(given.peers as Observable<PeerList>, { ...times, ...tools }),
    listen,
    secret,
    tls: given.tls,
  });
}

function timings(given: TcpOptions) {
  const ms = (option: keyof TcpOptions, byDefault: number, min = 1) =>
    checkDuration(option, given[option] ?? byDefault, min);
  const count = (option: keyof TcpOptions, byDefault: number, min: number) => {
    const value = given[option] ?? byDefault;
    if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
    throw new InvalidOptionError(option, value, `must be a whole number of at least ${min}`);
  };
  const keepAliveMs = ms('keepAliveMs', 500);
  const silenceMs = ms('silenceMs', 2_000);
  const retryMinMs = ms('retryMinMs', 50);
  const retryMaxMs = ms('retryMaxMs', 2_000);
  checkTogether(silenceMs >= 2 * keepAliveMs, 'silenceMs', silenceMs, 'must be at least twice keepAliveMs');
  checkTogether(retryMaxMs >= retryMinMs, 'retryMaxMs', retryMaxMs, 'must be at least retryMinMs');
  return {
    keepAliveMs,
    silenceMs,
    retryMinMs,
    retryMaxMs,
    handshakeMs: ms('handshakeMs', 2_000),
    maxFrameBytes: count('maxFrameBytes', 1 << 20, 4_096),
    maxQueuedBytes: count('maxQueuedBytes', 1 << 22, 4_096),
    maxStrangers: count('maxStrangers', 64, 1),
  };
}

const SECRET_LENGTH = 16;

/** The secret stays out of errors. */
function secretOf({ secret, secretFile }: TcpOptions, env: NodeJS.ProcessEnv): Buffer | undefined {
  checkTogether(secret === undefined || secretFile === undefined, 'secretFile', secretFile, 'excludes secret');
  const text = secret ?? (secretFile === undefined ? env.SUCCESSION_SECRET : readSecret(secretFile));
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || text.length < SECRET_LENGTH)
    throw new InvalidOptionError('secret', '***', `must have at least ${SECRET_LENGTH} characters`);
  return Buffer.from(text);
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw Object.assign(new InvalidOptionError('secretFile', file, 'must be a file that can be read'), { cause });
  }
}

function listenAt({ self, listen }: TcpOptions, fixed: readonly Peer[] | undefined) {
  if (listen !== undefined) {
    const { host, port } = parsePeer('listen', `${self}@${listen}`);
    return { host, port };
  }
  const own = fixed?.find(({ id }) => id === self);
  if (own) return { host: own.host, port: own.port };
  throw new InvalidOptionError(
    'self',
    self,
    fixed ? 'must be one of peers' : 'needs `listen` where peers are discovered',
  );
}

/** Lists as discovery finds them; one that breaks a rule is passed over, and the one before it goes on. */
function discovered(
  lists$: Observable<PeerList>,
  { clock, logger, retryMaxMs }: Pick<ResolvedTcp, 'clock' | 'logger' | 'retryMaxMs'>,
): Observable<readonly Peer[]> {
  const checked = (list: PeerList) => {
    try {
      return of(checkPeers('peers', list));
    } catch (error) {
      logger.warn({ error }, 'peers: discovery found a list that cannot be used');
      return EMPTY;
    }
  };
  const later = (error: unknown) => {
    logger.warn({ error }, 'peers: discovery failed; asking again');
    return timer(retryMaxMs, clock.scheduler);
  };
  return lists$.pipe(
    concatMap(checked),
    retry({ delay: later }),
    share({ connector: () => new ReplaySubject(1), resetOnComplete: false }),
  );
}
