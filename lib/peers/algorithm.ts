/** What bully, ring and voting are to `electing.ts`: they decide who should claim, and nothing else. @pure */
import type { Heard, Send } from './claim.js';
import type { Claimed } from './claim-messages.js';
import type { NodeId, Standing } from './machine.js';
import type { ResolvedQuorumOptions } from './quorum.js';

/** What happens to an algorithm. */
export type Occasion<M> =
  | { readonly type: 'start' }
  /** What this node stands with has changed. */
  | { readonly type: 'stand' }
  /** Nobody leads any more, as far as this node knows. */
  | { readonly type: 'vacant' }
  /** Somebody leads, and has just said so. */
  | { readonly type: 'led' }
  | { readonly type: 'message'; readonly from: NodeId; readonly message: M }
  | { readonly type: 'lost'; readonly node: NodeId }
  /** The time that `alarmAt` told has come. */
  | { readonly type: 'alarm' }
  /** The claim was promised by a quorum: this node leads. */
  | { readonly type: 'won'; readonly epoch: number }
  /** The claim was not. */
  | { readonly type: 'failed' };

/** What an algorithm may look at. */
export interface Context {
  readonly options: ResolvedQuorumOptions;
  readonly at: number;
  /** In [0, 1). */
  readonly random: number;
  /** Sorted, this node included. */
  readonly members: readonly NodeId[];
  /** `members` but for this node. */
  readonly others: readonly NodeId[];
  /** What this node stands with, if it does. */
  readonly standing: Standing | undefined;
  readonly vacant: boolean;
  /** The epoch this node leads with, if it does. */
  readonly leads: number | undefined;
  readonly leader: Heard | undefined;
}

export interface Choice<A, M> {
  readonly state: A;
  readonly sends?: readonly Send<M>[];
  /** This node should lead. */
  readonly claim?: boolean;
  /** A message told who leads. */
  readonly told?: Claimed;
  /** This node has begun an election: for the statistics. */
  readonly began?: boolean;
}

/** A: its state. M: its messages, plain JSON. */
export interface Algorithm<A, M> {
  /** A leader gives way to a heavier one that asks. */
  readonly preempts: boolean;
  /** `round` is what was saved last; 0 at first. */
  init(round: number): A;
  step(state: A, occasion: Occasion<M>, context: Context): Choice<A, M>;
  /** When it wants to be woken; Infinity for never. */
  alarmAt(state: A): number;
  /** What has to outlive a crash. */
  round(state: A): number;
  decode(message: unknown): M | undefined;
}
