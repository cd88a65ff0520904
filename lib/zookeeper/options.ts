import { hostname } from 'node:os';
import { InvalidOptionError } from '../errors.js';
import {
  type Clock,
  checkDuration,
  checkOneOf,
  checkText,
  checkTogether,
  type Logger,
  silent,
  systemClock,
  unfailing,
} from '../options.js';

/** One ACL entry. `perms` is a sum of READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16. */
export interface Acl {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

/** `curator`: LeaderLatch's names. `kazoo`, `go`: those of kazoo's and go-zookeeper's locks. */
export type Naming = 'curator' | 'kazoo' | 'go';

export interface ZooKeeperOptions {
  /** `host:port,host:port/chroot`; IPv6 in brackets; port 2181 if left out. The chroot must exist. */
  readonly servers: string;
  /**
   * After this long without a sign of life the server ends our session, and with it our place in line, in ms. Small:
   * quick fail-over, but a long pause of the process costs the place. The server may negotiate another. @default 10000
   */
  readonly sessionTimeoutMs?: number;
  /**
   * How long a leader may believe in itself without an acknowledged write, and how long the successor of a leader that
   * was lost without a goodbye waits, in ms. Less than the session timeout. @default a third of the negotiated timeout
   */
  readonly leaseMs?: number;
  /** Bound on how much the rates of two machines' clocks differ: 0.01 is one percent. @default 0.01 */
  readonly clockDrift?: number;
  /**
   * `hold`: a leader whose connection is lost stays leader until its lease ends, so a rolling restart of the ensemble
   * changes nothing. `stop`: it gives up at the first doubt. @default 'hold'
   */
  readonly onSuspend?: 'hold' | 'stop';
  /** Whose names and data our candidates wear, to stand in one line with services in other languages. @default 'curator' */
  readonly naming?: Naming;
  /** Presented on every connection. A wrong digest is not refused by ZooKeeper: it is an identity without permissions. */
  readonly auth?: { readonly scheme: string; readonly credentials: string };
  /** For every znode we create. @default world:anyone with all permissions */
  readonly acl?: readonly Acl[];
  /** Speak TLS. Without `ca` the system's authorities are trusted. */
  readonly tls?: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** How often an idle connection is asked for a sign of life, in ms. @default a sixth of the timeout */
  readonly heartbeatMs?: number;
  /** A connection that owes an answer and is silent for this long is dropped for the next server's, in ms. @default a sixth of the timeout, at least 250 (or a third) */
  readonly silenceMs?: number;
  /** How long a connection may take until the session stands on it, in ms. @default a third of the timeout */
  readonly connectTimeoutMs?: number;
  /** Bounds of the jittered back-off between rounds of all servers, in ms. @default 50, or `retryMaxMs` if that is less */
  readonly retryMinMs?: number;
  /** A leader must be back on the wire within its lease. @default a twentieth of the timeout, from 100 to 1000 */
  readonly retryMaxMs?: number;
  readonly logger?: Logger;
  /** For tests in virtual time. @default the machine's clocks */
  readonly clock?: Clock;
  /** In [0, 1), for jitter; for tests that are to be repeated. @default Math.random */
  readonly random?: () => number;
}

export interface Server {
  readonly host: string;
  readonly port: number;
}

/** Durations that follow from the session timeout unless they were given. */
export interface Timings {
  readonly sessionTimeoutMs: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly silenceMs: number;
  readonly connectTimeoutMs: number;
}

export interface Resolved extends Timings {
  readonly servers: readonly Server[];
  readonly chroot: string;
  readonly clockDrift: number;
  readonly onSuspend: 'hold' | 'stop';
  readonly naming: Naming;
  readonly auth: ZooKeeperOptions['auth'];
  readonly acl: readonly Acl[];
  readonly tls: ZooKeeperOptions['tls'];
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly host: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** The same durations for the timeout that the server negotiated. Throws InvalidOptionError if they no longer fit. */
  timings(negotiatedMs: number): Timings;
}

const OPEN: readonly Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** Copies, defaults, checks each, checks together, freezes. Throws InvalidOptionError. */
export function resolveOptions(given: ZooKeeperOptions): Resolved {
  const asked = checkDuration('sessionTimeoutMs', given.sessionTimeoutMs ?? 10_000, 100);
  const most = checkDuration('retryMaxMs', given.retryMaxMs ?? clamp(Math.floor(asked / 20), 100, 1000), 1);
  const retryMinMs = checkDuration('retryMinMs', given.retryMinMs ?? Math.min(50, most), 1);
  const retryMaxMs = given.retryMaxMs ?? Math.max(most, retryMinMs);
  checkTogether(
    retryMinMs <= retryMaxMs,
    'retryMinMs',
    retryMinMs,
    `must not be larger than retryMaxMs (${retryMaxMs})`,
  );
  const own = resolveTimings(given, asked, asked);
  const timings = (timeoutMs: number) => (timeoutMs === asked ? own : resolveTimings(given, timeoutMs, asked));
  return Object.freeze({
    clockDrift: checkRate(given.clockDrift ?? 0.01),
    onSuspend: checkOneOf('onSuspend', given.onSuspend ?? 'hold', ['hold', 'stop']),
    naming: checkOneOf('naming', given.naming ?? 'curator', ['curator', 'kazoo', 'go']),
    auth:
      given.auth &&
      Object.freeze({
        scheme: checkText('auth.scheme', given.auth.scheme),
        credentials: checkText('auth.credentials', given.auth.credentials),
      }),
    acl: checkAcl(given.acl ?? OPEN),
    tls: given.tls && Object.freeze({ ...given.tls }),
    retryMinMs,
    retryMaxMs,
    host: hostname(),
    logger: unfailing(given.logger ?? silent),
    clock: given.clock ?? systemClock,
    random: given.random ?? Math.random,
    timings,
    ...parseServers(given.servers),
    ...own,
  });
}

function resolveTimings(given: ZooKeeperOptions, sessionTimeoutMs: number, askedMs: number): Timings {
  const T = sessionTimeoutMs;
  const timeout =
    T === askedMs ? `the session timeout (${T} ms)` : `the ${T} ms that the server made of the ${askedMs} ms asked for`;
  const timings = {
    sessionTimeoutMs: T,
    leaseMs: checkDuration('leaseMs', given.leaseMs ?? Math.floor(T / 3), 10),
    heartbeatMs: checkDuration('heartbeatMs', given.heartbeatMs ?? Math.floor(T / 6), 1),
    silenceMs: checkDuration('silenceMs', given.silenceMs ?? Math.floor(Math.max(T / 6, Math.min(250, T / 3))), 1),
    connectTimeoutMs: checkDuration('connectTimeoutMs', given.connectTimeoutMs ?? Math.floor(T / 3), 1),
  };
  const { leaseMs, heartbeatMs, silenceMs, connectTimeoutMs } = timings;
  checkTogether(
    leaseMs < T,
    'leaseMs',
    leaseMs,
    `must be smaller than ${timeout}: a lease that outlives the session only delays the successor`,
  );
  checkTogether(
    heartbeatMs + silenceMs < T,
    'heartbeatMs',
    heartbeatMs,
    `plus silenceMs (${silenceMs}) must be smaller than ${timeout}: a dead connection must be noticed while the session lives`,
  );
  checkTogether(
    connectTimeoutMs < T,
    'connectTimeoutMs',
    connectTimeoutMs,
    `must be smaller than ${timeout}: another server must be tried while the session lives`,
  );
  return Object.freeze(timings);
}

/** `host:port,[::1]:port,host/chroot`, blanks tolerated. */
export function parseServers(given: unknown): { servers: readonly Server[]; chroot: string } {
  const text = checkText('servers', given).trim();
  const slash = text.indexOf('/');
  const list = slash < 0 ? text : text.slice(0, slash);
  const chroot = slash < 0 ? '' : text.slice(slash).trim().replace(/\/+$/, '');
  const servers = list
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(parseServer);
  if (servers.length === 0) throw new InvalidOptionError('servers', given, 'must name at least one host:port');
  if (/,[^/]*:\d+/.test(chroot))
    throw new InvalidOptionError('servers', given, 'must name the chroot once, after the last server');
  if (chroot) checkPath('servers', chroot);
  return { servers: Object.freeze(servers), chroot };
}

function parseServer(text: string): Server {
  const match = /^(?:\[([0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%\w+)?)\]|([^\s:[\]]+))\s*(?::\s*(\d+))?$/.exec(text);
  const port = Number(match?.[3] ?? 2181);
  if (!match || port < 1 || port > 65_535)
    throw new InvalidOptionError('servers', text, 'must be host, host:port or [ipv6]:port');
  return Object.freeze({ host: match[1] ?? match[2]!, port });
}

/** An absolute znode path as the server takes it. */
export function checkPath(option: string, path: string): string {
  const parts = path.split('/').slice(1);
  const fine =
    path.startsWith('/') &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..') &&
    checkText(option, path);
  if (!fine) throw new InvalidOptionError(option, path, 'must be an absolute path without empty, "." or ".." parts');
  return path;
}

/** The znode of an election: its name is its path, with or without the leading slash. */
export const pathOf = (name: string): string => checkPath('name', `/${checkText('name', name).replace(/^\/+/, '')}`);

function checkRate(drift: unknown): number {
  if (typeof drift !== 'number' || !(drift >= 0 && drift <= 0.5))
    throw new InvalidOptionError('clockDrift', drift, 'must be a rate from 0 to 0.5');
  return drift;
}

function checkAcl(acl: readonly Acl[]): readonly Acl[] {
  const fine =
    Array.isArray(acl) &&
    acl.length > 0 &&
    acl.every(
      ({ perms, scheme, id }) =>
        Number.isInteger(perms) && perms >= 1 && perms <= 31 && scheme && typeof id === 'string',
    );
  if (!fine) throw new InvalidOptionError('acl', acl, 'must be a non-empty list of { perms: 1 to 31, scheme, id }');
  return Object.freeze(acl.map((entry) => Object.freeze({ ...entry })));
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);
