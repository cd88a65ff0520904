/** ZooKeeper's operations as cold observables: each subscription sends once. Longs are bigint, errors are typed. */

import { map, Observable } from 'rxjs';
import { DataTooLargeError } from '../errors.js';
import type { Answer, Client } from './client.js';
import { CODE, Reader, type Stat, Writer } from './codec.js';
import { flush } from './frames.js';
import { multiAnswer, multiRequest, type Op, type OpResult } from './multi.js';
import type { Acl } from './options.js';
import { EVENT } from './port.js';
import { type Follow, observed, type Signs, watches } from './watches.js';

export type { Op, OpResult } from './multi.js';

/** What the server tells of a znode. */
export interface Znode extends Stat {
  readonly path: string;
  readonly data: Uint8Array;
}

export interface Requests {
  get(path: string): Observable<Znode>;
  /** The znode now and after each change; completes when it is gone, or was never there. Leaves no watch on a missing path. */
  watch(path: string): Observable<Znode>;
  /** The same without a subscription, for thousands who do. */
  readonly follow: Follow<Znode>;
  children(path: string): Observable<readonly string[]>;
  /** What is read from the answer to the same question, by whoever needs less than all the names. Read at once: an unreadable one costs the connection. */
  listing<T>(path: string, read: (answer: Buffer) => T): Observable<T>;
  /** The names now and after each change; completes when the znode is gone. */
  watchChildren(path: string): Observable<readonly string[]>;
  acl(path: string): Observable<readonly Acl[]>;
  create(path: string, data: Uint8Array, mode?: 'persistent' | 'ephemeral-sequential'): Observable<string>;
  set(path: string, data: Uint8Array, version?: number): Observable<void>;
  remove(path: string): Observable<void>;
  /** All or nothing; leaves at once, with whatever was asked before it in this turn. The error of a failed one carries the `index` of the operation. */
  multi(ops: readonly Op[]): Observable<readonly OpResult[]>;
}

/** The server's `jute.maxbuffer`: it closes the connection on a larger request, without a word. */
export const MAX_REQUEST_BYTES = 0xfffff;
const EPHEMERAL_SEQUENTIAL = 3;

/** `connection$` completes with the session. */
export function requests(
  client: Client,
  acl: readonly Acl[],
  chroot: string,
  connection$: Signs['connection$'],
): Requests {
  const signs = { event$: client.event$, connection$ };
  const aclBytes = sizeOfAcl(acl);
  const real = (path: string) => (path === '/' && chroot !== '' ? chroot : chroot + path);
  const sized = <T>(path: string, bytes: number, request: Observable<T>): Observable<T> => {
    const limit = roomFor(path, acl) - Buffer.byteLength(chroot);
    return bytes <= limit ? request : refuse(new DataTooLargeError(path, bytes, limit));
  };
  const reads = (type: number, path: string, watch: boolean) => new Writer().text(real(path)).bool(watch).frame(type);
  const read = <T>(type: number, path: string, watch: boolean, decode: (frame: Buffer) => T) =>
    client.submit<T>('read', path, ({ connectionManager }, answer) =>
      connectionManager.queue(reads(type, path, watch), reading(answer, decode)),
    );
  const get = (path: string, watch = false) => read(CODE.get, path, watch, (frame) => znode(path, frame));
  const follow = watches((path) => get(path, true), [EVENT.changed, EVENT.deleted], signs);
  return {
    get: (path) => get(path),
    children: (path) => read(CODE.children, path, false, names),
    listing: (path, decode) => read(CODE.children, path, false, decode),
    follow,
    watch: observed(follow),
    watchChildren: observed(
      watches((path) => read(CODE.children, path, true, names), [EVENT.children, EVENT.deleted], signs),
    ),
    acl: (path) => readAcl(client, path),
    create: (path, data, mode = 'persistent') =>
      sized(
        path,
        data.length,
        client.submit('create', path, ({ connectionManager }, answer) => {
          const flags = mode === 'persistent' ? 0 : EPHEMERAL_SEQUENTIAL;
          const request = new Writer().text(real(path)).data(data).acl(acl).int(flags).frame(CODE.create);
          connectionManager.queue(
            request,
            reading(answer, (frame) => new Reader(frame).text().slice(chroot.length)),
          );
        }),
      ),
    set: (path, data, version = -1) => sized(path, data.length, set(client, path, data, version)),
    remove: (path) => client.submit<void>('delete', path, (raw, answer) => raw.remove(path, -1, answer)),
    multi: (ops) => {
      const path = ops[0]?.path ?? '/';
      const chrootBytes = Buffer.byteLength(chroot);
      const bytes = ops.reduce((sum, op) => sum + sizeOfOp(op, aclBytes) + chrootBytes, 0);
      return sized(
        path,
        bytes,
        client.submit('write', path, ({ connectionManager }, answer) => {
          connectionManager.queue(multiRequest(ops, acl, real), (error, frame) =>
            error ? answer(error) : multiAnswer(frame!, ops, chroot, answer),
          );
          flush(connectionManager.socket);
        }),
      );
    },
  };
}

/** Answers with what is read from the frame. */
const reading =
  <T>(answer: Answer<T>, read: (frame: Buffer) => T) =>
  (error: unknown, frame?: Buffer): void =>
    error ? answer(error) : answer(null, read(frame!));

function set(client: Client, path: string, data: Uint8Array, version: number): Observable<void> {
  return client
    .submit<unknown>('write', path, (raw, answer) => raw.setData(path, Buffer.from(data), version, answer))
    .pipe(map(() => undefined));
}

function readAcl(client: Client, path: string): Observable<readonly Acl[]> {
  return client.submit('read', path, (raw, answer) =>
    raw.getACL(path, (error, entries) =>
      error
        ? answer(error)
        : answer(
            null,
            entries.map(({ permission: perms, id }) => ({ perms, scheme: id.scheme, id: id.id })),
          ),
    ),
  );
}

/** What a request of ours needs besides its data and its path, generously; an ACL up to `ORDINARY_ACL_BYTES` included. */
const OVERHEAD_BYTES = 512;
const ORDINARY_ACL_BYTES = 256;

/** How much data fits into one request that names `path`. */
export const roomFor = (path: string, acl: readonly Acl[] = []): number =>
  MAX_REQUEST_BYTES - OVERHEAD_BYTES - Buffer.byteLength(path) - Math.max(0, sizeOfAcl(acl) - ORDINARY_ACL_BYTES);

const sizeOfAcl = (acl: readonly Acl[]): number =>
  acl.reduce((sum, { scheme, id }) => sum + 12 + Buffer.byteLength(scheme) + Buffer.byteLength(id), 0);

function sizeOfOp(op: Op, aclBytes: number): number {
  return Buffer.byteLength(op.path) + 64 + (op.op === 'create' ? aclBytes : 0) + ('data' in op ? op.data.length : 0);
}

const refuse = (error: Error): Observable<never> => new Observable((subscriber) => subscriber.error(error));

const names = (frame: Buffer): readonly string[] => new Reader(frame).texts();

function znode(path: string, frame: Buffer): Znode {
  const from = new Reader(frame);
  return { path, data: from.data(), ...from.stat() };
}
