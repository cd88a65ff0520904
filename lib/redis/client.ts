/**
 * The client libraries, as one narrow port. Neither is imported here unless a URL asks for a connection of our own:
 * whoever brings a client brings its library.
 */
import { defer, type Observable } from 'rxjs';
import { InvalidOptionError } from '../errors.js';
import { type IoredisClient, ioredisPort } from './ioredis.js';
import { type NodeRedisClient, nodeRedisPort } from './node-redis.js';
import type { Resolved } from './options.js';

/** A client of `redis` 5 or `ioredis` 5, single or cluster: known by what it can do. */
export type RedisClient = NodeRedisClient | IoredisClient;

/** A connection as we use it. */
export interface Port {
  readonly cluster: boolean;
  /** Whether it can be used right now; emits at once, and at each change. Errors in the client are never thrown at anybody. */
  readonly ready$: Observable<boolean>;
  /** Resolves once it can be used. Only for a connection of our own. */
  open(): Promise<unknown>;
  /** Sends one command, now or never. `key` says where in a cluster. */
  command(key: string, words: readonly string[]): Promise<unknown>;
  /** Listens to a channel; resolves when Redis has agreed, with how to stop. */
  subscribe(channel: string, heard: (message: string) => void): Promise<() => void>;
  /** Another connection like this one, not yet open: ours to close. */
  duplicate(): Port;
  /** Closes it at once. What was not answered is given up. */
  destroy(): void;
}

/** The port of a client that the user brought. Throws InvalidOptionError when it is none, or keeps commands while offline. */
export function givenPort(client: RedisClient): Port {
  if (isIoredis(client)) return ioredisPort(client, 'given');
  if (isNodeRedis(client)) return nodeRedisPort(client, 'given');
  if (isSentinelOfNodeRedis(client)) throw new InvalidOptionError('client', 'a sentinel client of redis', NO_SENTINEL);
  throw new InvalidOptionError('client', typeof client, 'must be a client of `redis` or `ioredis`');
}

const isIoredis = (client: RedisClient): client is IoredisClient =>
  typeof client === 'object' && 'call' in client && 'status' in client;

const isNodeRedis = (client: RedisClient): client is NodeRedisClient =>
  typeof client === 'object' && 'sendCommand' in client && 'isOpen' in client && 'duplicate' in client;

/** It waits for a new master with what it was asked, however long, and then asks again. */
const isSentinelOfNodeRedis = (client: object): boolean =>
  typeof client === 'object' && 'sendCommand' in client && 'getSentinelNode' in client;

const NO_SENTINEL = 'keeps commands until there is a master: use a client of `ioredis` with `sentinels`';

/** A connection of our own, not yet open. Errors with InvalidOptionError when no library is there. */
export function ownPort({ url = '', library, tls, connectTimeoutMs }: Resolved): Observable<Port> {
  const secure = tls !== undefined || url.startsWith('rediss:') ? (tls ?? {}) : undefined;
  return defer(() => load(library, { url, tls: secure, connectTimeout: connectTimeoutMs }));
}

interface Target {
  readonly url: string;
  /** Given: speak TLS. */
  readonly tls: Resolved['tls'];
  readonly connectTimeout: number;
}

/** Neither reconnects by itself: a connection that was lost is replaced by a new one, so that nothing old is sent on it. */
const libraries = {
  async redis({ url, tls, connectTimeout }: Target): Promise<Port> {
    const { createClient } = await import('redis');
    const socket = { connectTimeout, reconnectStrategy: false as const, ...(tls && { tls: true as const, ...tls }) };
    return nodeRedisPort(createClient({ url, socket, disableOfflineQueue: true }), 'own');
  },
  async ioredis({ url, tls, connectTimeout }: Target): Promise<Port> {
    const { Redis } = await import('ioredis');
    const now = { lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null };
    const once = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };
    return ioredisPort(new Redis(url, { connectTimeout, ...now, ...once, ...(tls && { tls }) }), 'own');
  },
};

async function load(library: Resolved['library'], target: Target): Promise<Port> {
  const wanted = library ? [library] : (['redis', 'ioredis'] as const);
  for (const name of wanted) {
    try {
      return await libraries[name](target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  throw new InvalidOptionError(
    'library',
    library,
    `must be installed: npm install ${wanted.join(', or npm install ')}`,
  );
}
