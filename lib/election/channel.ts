/**
 * What a backend may lend beyond elections: a channel on which each member of a group posts its latest word and hears
 * the others'. Heartbeats go over it. Nothing that elects depends on it.
 */
import type { Observable } from 'rxjs';
import type { Backend } from './election.js';

export interface HasChannel {
  /** A channel by name: the same name is the same channel for everybody on this store. Does no I/O. */
  channel(name: string): Channel;
}

export interface Channel {
  /**
   * Posts each message in place of the one that `id` posted before. Subscribing starts; what cannot be posted at once
   * (we are cut off, the last one is still on its way) is dropped, since a newer one follows. Unsubscribing posts
   * `farewell()`, once, without waiting. Messages are plain JSON. Never emits; completes when the backend is closed;
   * errors only where retrying cannot help.
   */
  publish(id: string, message$: Observable<unknown>, farewell: () => unknown): Observable<never>;
  /** What is posted, by us too: first what each has posted last. Not checked. Cold; completes when the backend is closed. */
  readonly heard$: Observable<unknown>;
  /** False while we are cut off, as far as we know: then silence says nothing about the others. Replays. */
  readonly hearing$: Observable<boolean>;
}

/** True for a backend that lends a channel. */
export function hasChannel(backend: Backend): backend is Backend & HasChannel {
  return 'channel' in backend && typeof backend.channel === 'function';
}
