/** ZooKeeper's operations as cold observables: each subscription sends once. Longs are bigint, errors are typed. */

import { map, Observable } from 'rxjs';
import { DataTooLargeError } from '../errors.js';
import { type Client, rawAcl } from './client.js';
import { commit, type Op, type OpResult } from './multi.js';
import type { Acl } from './options.js';
import type { RawStat } from './raw.js';
import { type Watcher, watches } from './watches.js';

export type { Op, OpResult } from './multi.js';

/** What the server tells of a znode. */
export interface Znode {
  readonly path: string;
  readonly data: Uint8Array;
  /** Zxid of its creation. */
  readonly czxid: bigint;
  /** Zxid of its last change. */
  readonly mzxid: bigint;
  readonly version: number;
  /** The session it dies with; 0n for a persistent one. */
  readonly owner: bigint;
  /** Creation and last change, in ms since the epoch by the server's clock. */
  readonly ctime: number;
  readonly mtime: number;
  readonly numChildren: number;
}

export interface Requests {
  get(path: string): Observable<Znode>;
  /** The znode now and after each change; completes when it is gone, or was never there. Leaves no watch on a missing path. */
  watch(path: string): Observable<Znode>;
  children(path: string): Observable<readonly string[]>;
  /** The names now and after each change; completes when the znode is gone. */
  watchChildren(path: string): Observable<readonly string[]>;
  acl(path: string): Observable<readonly Acl[]>;
  create(path: string, data: Uint8Array, mode?: 'persistent' | 'ephemeral-sequential'): Observable<string>;
  set(path: string, data: Uint8Array, version?: number): Observable<void>;
  remove(path: string): Observable<void>;
  /** All or nothing. The error of a failed one carries the `index` of the operation. */
  multi(ops: readonly Op[]): Observable<readonly OpResult[]>;
}

/** The server's `jute.maxbuffer`: it closes the connection on a larger request, without a word. */
export const MAX_REQUEST_BYTES = 0xfffff;
const EPHEMERAL_SEQUENTIAL = 3;

export function requests(client: Client, acl: readonly Acl[], chroot = ''): Requests {
  const follow = watches();
  const aclBytes = sizeOfAcl(acl);
  const sized = <T>(path: string, bytes: number, request: Observable<T>): Observable<T> => {
    const limit = roomFor(path, acl) - Buffer.byteLength(chroot);
    return bytes <= limit ? request : refuse(new DataTooLargeError(path, bytes, limit));
  };
  const get = (path: string, watcher?: Watcher) =>
    client.submit<Znode>('read', path, (raw, answer) => {
      watcher?.asked();
      raw.getData(path, watcher?.fire, (error, data, stat) => {
        if (error) watcher?.refused();
        error ? answer(error) : answer(null, znode(path, data, stat));
      });
    });
  const children = (path: string, watcher?: Watcher) =>
    client.submit<readonly string[]>('read', path, (raw, answer) => {
      watcher?.asked();
      raw.getChildren(path, watcher?.fire, (error, names) => {
        if (error) watcher?.refused();
        answer(error, names);
      });
    });
  return {
    get: (path) => get(path),
    children: (path) => children(path),
    watch: (path) => follow(`data ${path}`, (watcher) => get(path, watcher)),
    watchChildren: (path) => follow(`children ${path}`, (watcher) => children(path, watcher)),
    acl: (path) => readAcl(client, path),
    create: (path, data, mode = 'persistent') => sized(path, data.length, create(client, path, data, acl, mode)),
    set: (path, data, version = -1) => sized(path, data.length, set(client, path, data, version)),
    remove: (path) => client.submit<void>('delete', path, (raw, answer) => raw.remove(path, -1, answer)),
    multi: (ops) => {
      const path = ops[0]?.path ?? '/';
      const bytes = ops.reduce((sum, op) => sum + sizeOfOp(op, aclBytes + Buffer.byteLength(chroot)), 0);
      return sized(
        path,
        bytes,
        client.submit('write', path, (raw, answer) => commit(raw, ops, acl, answer)),
      );
    },
  };
}

function create(
  client: Client,
  path: string,
  data: Uint8Array,
  acl: readonly Acl[],
  mode: 'persistent' | 'ephemeral-sequential',
): Observable<string> {
  const flags = mode === 'persistent' ? 0 : EPHEMERAL_SEQUENTIAL;
  return client.submit('create', path, (raw, answer) =>
    raw.create(path, Buffer.from(data), rawAcl(acl), flags, answer),
  );
}

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

function sizeOfOp(op: Op, besides: number): number {
  return Buffer.byteLength(op.path) + 64 + besides + ('data' in op ? op.data.length : 0);
}

const refuse = (error: Error): Observable<never> => new Observable((subscriber) => subscriber.error(error));

function znode(path: string, data: Buffer | undefined, stat: RawStat): Znode {
  return {
    path,
    data: data ?? new Uint8Array(),
    czxid: stat.czxid.readBigInt64BE(),
    mzxid: stat.mzxid.readBigInt64BE(),
    version: stat.version,
    owner: stat.ephemeralOwner.readBigInt64BE(),
    ctime: Number(stat.ctime.readBigInt64BE()),
    mtime: Number(stat.mtime.readBigInt64BE()),
    numChildren: stat.numChildren,
  };
}
