/** The narrow part of node-zookeeper-client 1.1.3 that `client.ts` uses, internals included (hence the exact pin). */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Frame } from './codec.js';

export interface RawStat {
  czxid: Buffer;
  mzxid: Buffer;
  ctime: Buffer;
  mtime: Buffer;
  version: number;
  cversion: number;
  ephemeralOwner: Buffer;
  dataLength: number;
  numChildren: number;
}
type Done<A extends unknown[]> = (error: unknown, ...answer: A) => void;

export interface ConnectionManager extends EventEmitter {
  state: number;
  socket: Socket | undefined;
  servers: { host: string; port: number }[];
  chrootPath: string | undefined;
  sessionId: Buffer;
  sessionTimeout: number;
  xid: number;
  packetQueue: { queue: unknown[] };
  zxid: Buffer;
  pendingQueue: { request: { header: { xid: number } }; callback: (error: unknown, answer?: Buffer) => void }[];
  connect(): void;
  /** Of a request of ours: the callback gets its frame. */
  queue(request: Frame, callback: (error: unknown, answer?: Buffer) => void): void;
  setState(state: number): void;
  onSocketConnected(): void;
  onSocketData(chunk: Buffer): void;
  onSocketDrain(): void;
  onSocketClosed(hadError: boolean): void;
}
export interface RawClient {
  connectionManager: ConnectionManager;
  connect(): void;
  close(): void;
  addAuthInfo(scheme: string, auth: Buffer): void;
  remove(path: string, version: number, done: Done<[]>): void;
  setData(path: string, data: Buffer, version: number, done: Done<[RawStat]>): void;
  getACL(path: string, done: Done<[{ permission: number; id: { scheme: string; id: string } }[], RawStat]>): void;
}

export interface RawLibrary {
  createClient(connect: string, options: { sessionTimeout: number; spinDelay: number; retries: number }): RawClient;
  ACL: new (permission: number, id: unknown) => unknown;
  Id: new (scheme: string, id: string) => unknown;
  Exception: { create(code: number, path?: string): Error };
}
