/** The client library that we build on, called by hand. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import zookeeper from 'node-zookeeper-client';

export const EPHEMERAL_SEQUENTIAL = 3;
export const OPEN = [new zookeeper.ACL(31, new zookeeper.Id('world', 'anyone'))];

type Done<T> = (error: unknown, answer?: T) => void;

export interface Op {
  readonly type: number;
  readonly path: string;
  readonly version: number;
  readonly data?: Buffer;
}

/** What is called of the library, as it comes. */
export interface LibraryClient {
  readonly connectionManager: { readonly socket?: Socket };
  connect(): void;
  close(): void;
  create(path: string, data: Buffer, acl: unknown[], mode: number, done: Done<string>): void;
  remove(path: string, version: number, done: Done<never>): void;
  getChildren(path: string, watcher: undefined, done: Done<string[]>): void;
  getData(path: string, watcher: (() => void) | undefined, done: Done<Buffer>): void;
  transaction(): { readonly ops: Op[]; commit(done: Done<unknown>): void };
}

export async function connected(server: string, sessionTimeout = 30_000): Promise<LibraryClient> {
  const client = zookeeper.createClient(server, { sessionTimeout, spinDelay: 100, retries: 0 });
  const ready = once(client as unknown as NodeJS.EventEmitter, 'connected');
  client.connect();
  await ready;
  return client;
}

/** Ends the session. */
export async function disconnected(client: LibraryClient): Promise<void> {
  const closed = once(client as unknown as NodeJS.EventEmitter, 'disconnected');
  client.close();
  await closed;
}

/** A callback's answer as a promise. */
export function call<T>(request: (done: (error: unknown, answer?: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    request((error, answer) => (error ? reject(error) : resolve(answer as T)));
  });
}
