import { fromEvent, map, merge, type Observable, startWith } from 'rxjs';
import { InvalidOptionError } from '../errors.js';
import type { Port } from './client.js';

/** What we use of a client, or cluster client, of the `ioredis` package. */
export interface IoredisClient {
  readonly status: string;
  readonly isCluster?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the library's own overloads.
  call(command: string, ...args: any[]): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the library's own overloads.
  subscribe(...channels: any[]): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the library's own overloads.
  unsubscribe(...channels: any[]): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: any client's events.
  on(event: string, listener: (...args: any[]) => void): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: any client's events.
  off(event: string, listener: (...args: any[]) => void): unknown;
  connect(): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the copy has the same type.
  duplicate(...args: any[]): any;
  disconnect(): void;
}

/** A given client must not keep what it cannot send, nor send again what was not answered; ours does neither. */
export function ioredisPort(client: IoredisClient, whose: 'given' | 'own'): Port {
  const cluster = client.isCluster === true;
  if (whose === 'given') checkQueue(client, cluster);
  if (whose === 'own') client.on('error', ignore);
  const isReady = () => client.status === 'ready';
  return {
    cluster,
    ready$: changes(client).pipe(startWith(undefined), map(isReady)),
    open: () => firstSaid(client),
    command: (_, [command = '', ...words]) => client.call(command, ...words),
    subscribe: listening(client),
    duplicate: () => ioredisPort(copy(client, cluster), 'own'),
    destroy: () => client.disconnect(),
  };
}

/** One listener for all channels. Stopping leaves a channel only when nobody else listens to it, or is about to. */
function listening(client: IoredisClient): Port['subscribe'] {
  const rooms = new Map<string, Set<(message: string) => void>>();
  const tell = (channel: string, message: string) => {
    for (const heard of [...(rooms.get(channel) ?? [])]) heard(message);
  };
  /** Whether the room is empty now. */
  const leave = (channel: string, heard: (message: string) => void): boolean => {
    const room = rooms.get(channel);
    if (!room?.delete(heard) || room.size > 0) return false;
    rooms.delete(channel);
    if (rooms.size === 0) client.off('message', tell);
    return true;
  };
  return async (channel, heard) => {
    if (rooms.size === 0) client.on('message', tell);
    rooms.set(channel, (rooms.get(channel) ?? new Set()).add(heard));
    await client.subscribe(channel).catch((error: unknown) => {
      leave(channel, heard);
      throw error;
    });
    return () => {
      if (leave(channel, heard)) client.unsubscribe(channel).catch(ignore);
    };
  };
}

const ignore = () => undefined;

/** The copy connects when it is told, and does not try again by itself: it is replaced. */
function copy(client: IoredisClient, cluster: boolean): IoredisClient {
  const own = { lazyConnect: true, retryStrategy: () => null };
  return cluster
    ? client.duplicate([], { lazyConnect: true, clusterRetryStrategy: () => null })
    : client.duplicate(own);
}

function changes(client: IoredisClient): Observable<unknown> {
  return merge(...['ready', 'close', 'end', 'error', 'reconnecting'].map((event) => fromEvent(client, event)));
}

/** Connected, or the first error: that the password is wrong is told before that the connection is closed. */
function firstSaid(client: IoredisClient): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.connect().then(resolve, reject);
  });
}

function checkQueue(client: IoredisClient, cluster: boolean): void {
  const { options } = client as { options?: Queueing };
  const single = cluster ? options?.redisOptions : options;
  const refuse = (rule: string) => new InvalidOptionError('client', 'a client of ioredis', rule);
  if (options?.enableOfflineQueue !== false)
    throw refuse('must be created with `enableOfflineQueue: false`: a queue sends old commands minutes later');
  if (single?.autoResendUnfulfilledCommands !== false)
    throw refuse(
      `must be created with ${cluster ? '`redisOptions: { autoResendUnfulfilledCommands: false }`' : '`autoResendUnfulfilledCommands: false`'}: what was not answered is looked for, not sent again`,
    );
}

interface Queueing {
  readonly enableOfflineQueue?: boolean;
  readonly autoResendUnfulfilledCommands?: boolean;
  readonly redisOptions?: Queueing;
}
