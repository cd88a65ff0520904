/** ZooKeeper's operations as cold observables: each subscription sends once. Longs are bigint, errors are typed. */

import type { RawEvent, RawStat } from 'node-zookeeper-client';
import { catchError, EMPTY, type MonoTypeOperatorFunction, map, Observable, repeat, takeWhile, tap } from 'rxjs';
import { DataTooLargeError } from '../errors.js';
import { type Client, commit, events, rawAcl } from './client.js';
import { isNoNode } from './errors.js';
import type { Acl } from './options.js';

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

export type Op =
  | { readonly op: 'check'; readonly path: string; readonly version?: number }
  | { readonly op: 'create'; readonly path: string; readonly data: Uint8Array }
  | { readonly op: 'set'; readonly path: string; readonly data: Uint8Array; readonly version?: number }
  | { readonly op: 'remove'; readonly path: string; readonly version?: number };

/** What became of one operation of a transaction that committed. */
export interface OpResult {
  /** For `set`. */
  readonly mzxid?: bigint;
  readonly version?: number;
  /** For `create`. */
  readonly path?: string;
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
const GONE = Symbol('gone');

/** Everybody who waits for the next change of one path. */
interface Watcher {
  /** The server has been asked: it will fire once, and cannot be told to forget. */
  armed: boolean;
  readonly listeners: Set<(event: RawEvent) => void>;
  fire(event: RawEvent): void;
}

export function requests(client: Client, acl: readonly Acl[]): Requests {
  const watchers = new Map<string, Watcher>();

  /** One function per path and kind, since the library tells watchers apart by identity and cannot forget one. */
  function watcherOf(key: string): Watcher {
    const existing = watchers.get(key);
    if (existing) return existing;
    const watcher: Watcher = {
      armed: false,
      listeners: new Set(),
      fire: (event) => {
        watchers.delete(key);
        for (const listener of [...watcher.listeners]) listener(event);
      },
    };
    watchers.set(key, watcher);
    return watcher;
  }

  /** Reads once and leaves a watch: the value, then completion at the first change, or GONE first. */
  function read<T>(
    key: string,
    request: (watch: (event: RawEvent) => void) => Observable<T>,
  ): Observable<T | typeof GONE> {
    return new Observable((subscriber) => {
      const watcher = watcherOf(key);
      const listener = (event: RawEvent) => {
        if (event.getType() === events.NODE_DELETED) subscriber.next(GONE);
        subscriber.complete();
      };
      watcher.listeners.add(listener);
      subscriber.add(() => {
        watcher.listeners.delete(listener);
        if (!watcher.armed && watcher.listeners.size === 0 && watchers.get(key) === watcher) watchers.delete(key);
      });
      const armed = tap(() => (watcher.armed = true));
      subscriber.add(
        request(watcher.fire)
          .pipe(armed as MonoTypeOperatorFunction<T>)
          .subscribe({ next: (value) => subscriber.next(value), error: (error) => subscriber.error(error) }),
      );
    });
  }

  const following = <T>(reading: Observable<T | typeof GONE>): Observable<T> =>
    reading.pipe(
      repeat(),
      takeWhile((value): value is T => value !== GONE),
      catchError((error) => {
        if (isNoNode(error)) return EMPTY;
        throw error;
      }),
    );

  const get = (path: string, watch?: (event: RawEvent) => void) =>
    client.submit<Znode>('read', path, (raw, answer) =>
      raw.getData(path, watch, (error, data, stat) => (error ? answer(error) : answer(null, znode(path, data, stat)))),
    );
  const children = (path: string, watch?: (event: RawEvent) => void) =>
    client.submit<readonly string[]>('read', path, (raw, answer) => raw.getChildren(path, watch, answer));

  return {
    get,
    children: (path) => children(path),
    watch: (path) => following(read(`data ${path}`, (watch) => get(path, watch))),
    watchChildren: (path) => following(read(`children ${path}`, (watch) => children(path, watch))),
    acl: (path) =>
      client.submit('read', path, (raw, answer) =>
        raw.getACL(path, (error, entries) =>
          error
            ? answer(error)
            : answer(
                null,
                entries.map(({ permission: perms, id }) => ({ perms, scheme: id.scheme, id: id.id })),
              ),
        ),
      ),
    create: (path, data, mode = 'persistent') =>
      sized(
        path,
        data.length,
        client.submit('create', path, (raw, answer) =>
          raw.create(path, Buffer.from(data), rawAcl(acl), mode === 'persistent' ? 0 : EPHEMERAL_SEQUENTIAL, answer),
        ),
      ),
    set: (path, data, version = -1) =>
      sized(
        path,
        data.length,
        client.submit<unknown>('write', path, (raw, answer) => raw.setData(path, Buffer.from(data), version, answer)),
      ).pipe(map(() => undefined)),
    remove: (path) => client.submit<void>('delete', path, (raw, answer) => raw.remove(path, -1, answer)),
    multi: (ops) => {
      const bytes = ops.reduce((sum, op) => sum + ('data' in op ? op.data.length : 0) + op.path.length + 64, 0);
      const raws = ops.map((op) => rawOp(op, acl));
      const sent = client.submit<OpResult[]>('write', ops[0]?.path ?? '/', (raw, answer) =>
        commit(raw, raws, (error, results) =>
          error
            ? answer(error)
            : answer(
                null,
                results!.map(({ path, stat }) => ({
                  path,
                  ...(stat && { mzxid: stat.mzxid.readBigInt64BE(), version: stat.version }),
                })),
              ),
        ),
      );
      return sized(ops[0]?.path ?? '/', bytes, sent);
    },
  };
}

/** What a request of ours needs besides its data, generously. */
const OVERHEAD_BYTES = 512;

/** How much data fits into one request that names `path`. */
export const roomFor = (path: string): number => MAX_REQUEST_BYTES - OVERHEAD_BYTES - Buffer.byteLength(path);

function sized<T>(path: string, bytes: number, request: Observable<T>): Observable<T> {
  if (bytes <= roomFor(path)) return request;
  return new Observable((subscriber) => subscriber.error(new DataTooLargeError(path, bytes, roomFor(path))));
}

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

/** Op codes of ZooKeeper's protocol. */
const CODE = { create: 1, remove: 2, set: 5, check: 13 } as const;

function rawOp(op: Op, acl: readonly Acl[]) {
  const base = { type: CODE[op.op], path: op.path };
  if (op.op === 'create') return { ...base, data: Buffer.from(op.data), acls: rawAcl(acl), mode: 0 };
  const version = op.version ?? -1;
  return op.op === 'set' ? { ...base, version, data: Buffer.from(op.data) } : { ...base, version };
}
