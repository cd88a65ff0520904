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
import type { RedisClient } from './client.js';
import { beliefMs } from './lease.js';

export interface RedisOptions {
  /**
   * A connected client of `redis` or `ioredis`, single or cluster. It is never closed by us; a second connection for
   * news is duplicated from it, and that one is. It must not keep commands while it is offline.
   */
  readonly client?: RedisClient;
  /** `redis://user:password@host:port/db`, `rediss://` for TLS: then the connections are ours. Settings stand beside it. */
  readonly url?: string;
  /** With `url`: which library connects. @default whichever is installed, `redis` first */
  readonly library?: 'redis' | 'ioredis';
  /** With `url`: for TLS. Without `ca` the system's authorities are trusted. */
  readonly tls?: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Before every key and channel. @default 'succession' */
  readonly prefix?: string;
  /**
   * How long Redis keeps leadership, and a place in line, for a candidate that is not heard of, in ms. Small: quick
   * fail-over; large: longer pauses are survived. The same in every process. @default 6000
   */
  readonly leaseMs?: number;
  /** How often leader and followers are heard of, in ms. @default a third of the lease */
  readonly renewMs?: number;
  /** How long an answer of Redis may take before its outcome counts as unknown, in ms. @default a quarter of the lease */
  readonly commandTimeoutMs?: number;
  /** How long a connection may take, in ms. @default half the lease */
  readonly connectTimeoutMs?: number;
  /** Bound on how much the rates of two machines' clocks differ: 0.01 is one percent. @default 0.01 */
  readonly clockDrift?: number;
  /** Bounds of the jittered back-off between attempts, in ms. @default 20 */
  readonly retryMinMs?: number;
  /** @default a tenth of the lease, from 50 to 1000 */
  readonly retryMaxMs?: number;
  readonly logger?: Logger;
  /** For tests in virtual time. @default the machine's clocks */
  readonly clock?: Clock;
}

export interface Resolved {
  readonly client: RedisClient | undefined;
  readonly url: string | undefined;
  readonly library: RedisOptions['library'];
  readonly tls: RedisOptions['tls'];
  readonly prefix: string;
  readonly leaseMs: number;
  /** How long a holder believes after it sent what Redis granted. */
  readonly beliefMs: number;
  readonly renewMs: number;
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly host: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Copies, defaults, checks each, checks together, freezes. Throws InvalidOptionError. */
export function resolveOptions(given: RedisOptions): Resolved {
  const { client, url, library } = given;
  checkTogether(
    (client === undefined) !== (url === undefined),
    'client',
    typeof client,
    'or `url` must be given, and not both',
  );
  checkTogether(
    client === undefined || (library ?? given.tls) === undefined,
    'client',
    '…',
    'leaves no choice of `library` or `tls`',
  );
  return Object.freeze({
    ...timings(given),
    client,
    url: url === undefined ? undefined : checkUrl(url),
    library: library && checkOneOf('library', library, ['redis', 'ioredis']),
    tls: given.tls && Object.freeze({ ...given.tls }),
    prefix: checkPrefix(given.prefix ?? 'succession'),
    host: hostname(),
    logger: unfailing(given.logger ?? silent),
    clock: given.clock ?? systemClock,
  });
}

function timings(given: RedisOptions) {
  const leaseMs = checkDuration('leaseMs', given.leaseMs ?? 6_000, 100);
  const belief = beliefMs(leaseMs, checkRate(given.clockDrift ?? 0.01));
  const renewMs = checkDuration('renewMs', given.renewMs ?? Math.floor(leaseMs / 3), 1);
  const commandTimeoutMs = checkDuration('commandTimeoutMs', given.commandTimeoutMs ?? Math.floor(leaseMs / 4), 1);
  const connectTimeoutMs = checkDuration('connectTimeoutMs', given.connectTimeoutMs ?? Math.floor(leaseMs / 2), 1);
  const most = checkDuration(
    'retryMaxMs',
    given.retryMaxMs ?? Math.min(1_000, Math.max(50, Math.floor(leaseMs / 10))),
    1,
  );
  const retryMinMs = checkDuration('retryMinMs', given.retryMinMs ?? Math.min(20, most), 1);
  checkTogether(
    renewMs + commandTimeoutMs < belief,
    'renewMs',
    renewMs,
    `plus commandTimeoutMs (${commandTimeoutMs}) must be smaller than the ${Math.floor(belief)} ms that a leader believes (leaseMs less its allowance for clocks): one renewal must be answered in time`,
  );
  checkTogether(retryMinMs <= most, 'retryMinMs', retryMinMs, `must not be larger than retryMaxMs (${most})`);
  return { leaseMs, beliefMs: belief, renewMs, commandTimeoutMs, connectTimeoutMs, retryMinMs, retryMaxMs: most };
}

function checkUrl(given: unknown): string {
  const url = checkText('url', given);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!/^rediss?:$/.test(parsed?.protocol ?? '') || !parsed?.hostname)
    throw new InvalidOptionError('url', '…', 'must be redis://host:port/db or rediss://…, with %-encoded credentials');
  if (parsed.search !== '')
    throw new InvalidOptionError(
      'url',
      '…',
      'must hold no settings: `connect()` reads those, `redis()` takes them beside it',
    );
  if (!/^(\/\d*)?$/.test(parsed.pathname))
    throw new InvalidOptionError('url', parsed.pathname, 'must name the database by its number, as /0 does');
  return url;
}

/** The prefix lies before the hash tag, and must not hold one of its own. */
function checkPrefix(given: unknown): string {
  const prefix = checkText('prefix', given);
  if (/[{}]/.test(prefix))
    throw new InvalidOptionError('prefix', prefix, 'must hold no braces: they are for the hash tag');
  return prefix;
}

function checkRate(drift: unknown): number {
  if (typeof drift !== 'number' || !(drift >= 0 && drift <= 0.2))
    throw new InvalidOptionError('clockDrift', drift, 'must be a rate from 0 to 0.2');
  return drift;
}

/** Between two attempts, with jitter, in ms. */
export const backOff = ({ retryMinMs, retryMaxMs }: Resolved): number =>
  retryMinMs + Math.random() * (retryMaxMs - retryMinMs);
