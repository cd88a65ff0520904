/** The port to ZooKeeper: one session, as little of it as everything above needs. */

import type { Observable } from 'rxjs';
import type { ConnectionManager, RawClient } from './raw.js';

export type Socket = NonNullable<ConnectionManager['socket']>;

/** The life of a session as the wire tells it. `ended` is final: make a new client. */
export type ClientState =
  | { readonly kind: 'connecting' | 'suspended' }
  | { readonly kind: 'connected'; readonly sessionId: bigint; readonly timeoutMs: number }
  | { readonly kind: 'ended'; readonly why: 'expired' | 'refused' | 'closed'; readonly cause?: unknown };

export type Answer<T> = (error: unknown, value?: T) => void;

/** A watch has fired: what kind of change it was, and where. */
export interface WatchEvent {
  readonly type: number;
  readonly path: string;
}

/** The kinds of change. */
export const EVENT = { created: 1, deleted: 2, changed: 3, children: 4 } as const;

export interface Client {
  /** Replays. */
  readonly state$: Observable<ClientState>;
  /** As the server tells of them. */
  readonly event$: Observable<WatchEvent>;
  /** The current one, without a subscription. */
  readonly state: ClientState;
  /** For how long the server has owed an answer without getting on with it, in ms; 0 when it owes none. */
  silentFor(): number;
  /** For how long we have sent nothing, in ms. */
  idleFor(): number;
  /**
   * A cold request: each subscription sends once, at once. Errors with ConnectionLostError when not connected or when
   * the wire breaks first (then the outcome is unknown), otherwise with the typed error for the server's code.
   */
  submit<T>(what: string, path: string, send: (raw: RawClient, answer: Answer<T>) => void): Observable<T>;
  /**
   * Drops the wire and dials the next server; the session stays. With `ifSilentForMs`, only if the server is still that
   * silent once everything that has arrived was read: to a process that was paused every server looks silent.
   */
  redial(ifSilentForMs?: number): void;
  /** Ends the session at the server if connected, waits at most `withinMs` for that, then drops everything. Never rejects. */
  close(withinMs: number): Promise<void>;
}
