/**
 * Protocols that decide among themselves, as pure machines. @pure
 *
 * One machine is one election on one node. Whatever happens to the node is an input, with the time by the node's own
 * monotonic clock and a random number; what the machine wants done is a list of effects, to be done in their order.
 * `run.ts` is the shell in real time, `sim/` the one in virtual time. A machine keeps no clock, no timer and no socket,
 * and never changes a state it was given.
 */

/** A node, by the name under which its peers know it. */
export type NodeId = string;

/** What a node stands with. Heavier comes first, then who has stood for longer (the smaller `order`), then by name. */
export interface Standing {
  readonly weight: number;
  readonly order: number;
}

export type PeerEvent<M> =
  /** The first input of every life: the node has just been started, or started again. */
  | { readonly type: 'start' }
  /** The time of the last `alarm` effect has come; perhaps long ago, if the process slept. */
  | { readonly type: 'alarm' }
  | { readonly type: 'message'; readonly from: NodeId; readonly message: M }
  /** The transport cannot reach this node any more. A hint, never a proof. */
  | { readonly type: 'lost'; readonly node: NodeId }
  /** Who belongs to the group now, this node included. Only for protocols whose members may change. */
  | { readonly type: 'members'; readonly nodes: readonly NodeId[] }
  /** This node wants to lead, with this standing; or, with none, does not: a leader then gives up at once. */
  | { readonly type: 'stand'; readonly standing: Standing | undefined }
  /** Gives leadership up at once: its work has ended. `to` should come next: another node, or this one under a new token. */
  | { readonly type: 'release'; readonly to?: NodeId };

export interface Input<M> {
  /** In ms, by the node's monotonic clock. Never goes back. */
  readonly at: number;
  /** In [0, 1). */
  readonly random: number;
  readonly event: PeerEvent<M>;
}

export type Effect<M, R> =
  | { readonly type: 'send'; readonly to: NodeId; readonly message: M }
  /** Makes it outlive a crash, before any effect behind it is done. */
  | { readonly type: 'save'; readonly record: R }
  /** Wakes the machine at this time; replaces the alarm before. */
  | { readonly type: 'alarm'; readonly at: number };

/** What a machine makes of it all: derived from its state, never stored beside it. */
export interface View {
  /** The largest term (or epoch) known. It has risen, and is shown, before this node asks for a lease of its own. */
  readonly term: number;
  /** Whom this node takes for the leader. */
  readonly leader: NodeId | undefined;
  /** This node's own leadership: believed in before `until`, by the node's monotonic clock; Infinity where nothing bounds it. */
  readonly leading: { readonly token: bigint; readonly until: number } | undefined;
  /** For people and graphs. */
  readonly statistics: Statistics;
}

export interface Statistics {
  /** Started by this node. */
  readonly elections: number;
  readonly heartbeatsSent: number;
  readonly heartbeatsReceived: number;
  /** When the leader was last heard of, by the node's monotonic clock. */
  readonly lastHeardAt: number | undefined;
}

/** S: its state. M: its messages, plain JSON. R: what it saves, plain JSON. */
export interface Machine<S, M, R> {
  /** `saved` is what this node saved last; `undefined` on its very first start. The first input is `start`. */
  init(saved: R | undefined): S;
  step(state: S, input: Input<M>): readonly [S, readonly Effect<M, R>[]];
  view(state: S): View;
  /** A message from the wire, checked; `undefined` for anything else. */
  decode(message: unknown): M | undefined;
}
