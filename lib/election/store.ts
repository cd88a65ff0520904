/**
 * What a backend may lend beyond elections: its store, on the same session. Roles, locks and heartbeats are built on it,
 * so that one process needs one session, and a write can name the very znode that stands in the election.
 */
import type { Observable } from 'rxjs';
import { StoreError } from '../errors.js';
import type { Backend, CampaignOptions, Candidacy, ElectionOptions } from './election.js';
import type { Term } from './leadership.js';
import type { Instant } from './lease.js';

export interface HasStore {
  readonly store: Store;
}

export interface Store {
  /** The current session, `undefined` between two; replays. Subscribing connects. Errors with ClosedError after `close()`. */
  readonly session$: Observable<StoreSession | undefined>;
  /** As `election(name).campaign(who)`, with the place that it takes in line. */
  campaign<T>(name: string, who: CampaignOptions<T>, options?: ElectionOptions<T>): Standing<T>;
}

export interface Standing<T = unknown> {
  readonly candidacy: Candidacy<T, StoreTerm>;
  /** Our place in line; `undefined` while there is none. Replays; completes with the candidacy. */
  readonly place$: Observable<StorePlace | undefined>;
}

/** A leadership that can write to the store. */
export interface StoreTerm extends Term {
  /** Writes that commit only while this leadership stands: checked by the store, whatever the clocks say. */
  transaction(): Transaction;
}

/** All or nothing, and only while its leadership stands. Paths are absolute, below the chroot. */
export interface Transaction {
  /** `version` 0 means 0. Left out: the znode must exist. */
  check(path: string, version?: number): Transaction;
  create(path: string, data?: string | Uint8Array): Transaction;
  set(path: string, data: string | Uint8Array, version?: number): Transaction;
  remove(path: string, version?: number): Transaction;
  /**
   * Sends it once. Rejects with FencedError (the leadership is over, nothing was written), StoreError (an operation was
   * refused, nothing was written; `index` counts from 0), ConnectionLostError (the outcome is unknown).
   */
  commit(): Promise<readonly StoreResult[]>;
}

export interface StorePlace {
  /** It lives as long as this session. */
  readonly session: StoreSession;
  readonly path: string;
}

/** One session. Requests are cold: each subscription sends once; they fail with the connection, watches go on across it. */
export interface StoreSession {
  readonly id: bigint;
  readonly timings: { readonly sessionTimeoutMs: number; readonly leaseMs: number };
  /** Replays; completes with the session. */
  readonly connection$: Observable<'connected' | 'suspended'>;
  /** Emits once and completes as soon as the wire is up. */
  readonly connected$: Observable<unknown>;
  get(path: string): Observable<StoredNode>;
  /** The node now and after each change; completes when it is gone, or was never there. */
  watch(path: string): Observable<StoredNode>;
  children(path: string): Observable<readonly string[]>;
  /** The names now and after each change; completes when the node is gone. */
  watchChildren(path: string): Observable<readonly string[]>;
  create(path: string, data: Uint8Array, mode?: 'persistent' | 'ephemeral-sequential'): Observable<string>;
  set(path: string, data: Uint8Array, version?: number): Observable<void>;
  remove(path: string): Observable<void>;
  /** All or nothing. Errors with StoreError, whose `index` names the operation; ConnectionLostError: the outcome is unknown. */
  multi(ops: readonly StoreOp[]): Observable<readonly StoreResult[]>;
  /**
   * When each acknowledged write that names `path` was *sent*, about every `everyMs`: what a lease lives on. Goes on
   * across reconnects; errors with StoreError (NO_NODE) when the node is gone. One write for all who ask on this session.
   */
  prove(path: string, everyMs: number): Observable<Instant>;
}

export interface StoredNode {
  readonly path: string;
  readonly data: Uint8Array;
  /** Of its creation, and of its last change: rise with every write to the store. */
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly version: number;
  /** The session it dies with; 0n for a persistent one. */
  readonly owner: bigint;
  readonly ctime: number;
  readonly mtime: number;
}

/** A version left out means any. */
export type StoreOp =
  | { readonly op: 'check'; readonly path: string; readonly version?: number }
  | { readonly op: 'create'; readonly path: string; readonly data: Uint8Array }
  | { readonly op: 'set'; readonly path: string; readonly data: Uint8Array; readonly version?: number }
  | { readonly op: 'remove'; readonly path: string; readonly version?: number };

export interface StoreResult {
  /** For `set`. */
  readonly mzxid?: bigint;
  readonly version?: number;
  /** For `create`. */
  readonly path?: string;
}

/** True for a backend that lends its store. */
export function hasStore(backend: Backend): backend is Backend & HasStore {
  return 'store' in backend && typeof backend.store === 'object';
}

/** True if the store answered that there is no such node. */
export const isMissing = (error: unknown): boolean => error instanceof StoreError && error.storeCode === 'NO_NODE';

/** True if the store answered that the node has another version than was expected. */
export const isOtherVersion = (error: unknown): boolean =>
  error instanceof StoreError && error.storeCode === 'BAD_VERSION';
