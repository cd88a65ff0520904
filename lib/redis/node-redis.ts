import { fromEvent, map, merge, type Observable, startWith } from 'rxjs';
import { InvalidOptionError } from '../errors.js';
import type { Port } from './client.js';

/** What we use of a client, or cluster client, of the `redis` package. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  /** A cluster client has none: it is as good as open. */
  readonly isReady?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a single client takes the words, a cluster the key first.
  sendCommand(...args: any[]): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the library's own overloads.
  subscribe(channel: string, listener: any): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the library's own overloads.
  unsubscribe(channel: string, listener: any): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: any client's events.
  on(event: string, listener: (...args: any[]) => void): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: any client's events.
  off(event: string, listener: (...args: any[]) => void): unknown;
  connect(): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the copy has the same type.
  duplicate(): any;
  destroy(): void;
}

/** A given client must not keep what it cannot send; ours does not. */
export function nodeRedisPort(client: NodeRedisClient, whose: 'given' | 'own'): Port {
  const cluster = 'masters' in client;
  if (whose === 'given') checkQueue(client, cluster);
  const ignore = () => undefined;
  if (whose === 'own') client.on('error', ignore);
  const isReady = () => client.isReady ?? client.isOpen;
  return {
    cluster,
    ready$: changes(client).pipe(startWith(undefined), map(isReady)),
    open: () => firstSaid(client),
    command: (key, words) => (cluster ? client.sendCommand(key, false, [...words]) : client.sendCommand([...words])),
    async subscribe(channel, heard) {
      await client.subscribe(channel, heard);
      return () => void client.unsubscribe(channel, heard).catch(ignore);
    },
    duplicate: () => nodeRedisPort(client.duplicate(), 'own'),
    destroy: () => client.isOpen && client.destroy(),
  };
}

/** Somebody must listen for errors, or they end the process: a given client's owner does, and so do we. */
function changes(client: NodeRedisClient): Observable<unknown> {
  return merge(...['ready', 'end', 'error', 'reconnecting'].map((event) => fromEvent(client, event)));
}

/** Connected, or the first error: a client that tries again by itself does not say more. */
function firstSaid(client: NodeRedisClient): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.connect().then(resolve, reject);
  });
}

function checkQueue(client: NodeRedisClient, cluster: boolean): void {
  const { options, _options } = client as { options?: Queueing; _options?: Queueing };
  const disabled = cluster ? (options ?? _options)?.defaults?.disableOfflineQueue : options?.disableOfflineQueue;
  if (disabled === true) return;
  const where = cluster ? '`defaults: { disableOfflineQueue: true }`' : '`disableOfflineQueue: true`';
  throw new InvalidOptionError(
    'client',
    'a client of redis',
    `must be created with ${where}: a queue sends old commands minutes later`,
  );
}

interface Queueing {
  readonly disableOfflineQueue?: boolean;
  readonly defaults?: { readonly disableOfflineQueue?: boolean };
}
