/** The transport, as the protocols see it: messages may be lost, delayed, repeated and overtaken, but are never forged. */
import type { Observable } from 'rxjs';
import type { NodeId } from './machine.js';

export interface Received {
  readonly from: NodeId;
  /** Plain JSON, as it was sent. Not checked. */
  readonly message: unknown;
}

/** One node's access to its peers. Made open; ends by `close()`. */
export interface Network {
  readonly self: NodeId;
  /** Everybody else in the group, reachable or not: a static list, or what discovery says. Replays. */
  readonly peers$: Observable<readonly NodeId[]>;
  /** Those that can be spoken to now. Replays. */
  readonly reachable$: Observable<ReadonlySet<NodeId>>;
  /** Hot. */
  readonly received$: Observable<Received>;
  /** Sends if the peer is reachable, and drops otherwise; drops as well when the peer takes in less than we send it. Never throws. */
  send(to: NodeId, message: unknown): void;
  /** Idempotent; never rejects; bounded. */
  close(): Promise<void>;
}
