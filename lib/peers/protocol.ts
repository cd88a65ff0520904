/** What the shell needs to know of a protocol. */
import type { Guarantee } from '../election/election.js';
import type { Machine, NodeId } from './machine.js';

/** S, M, R: those of its machine. */
export interface Protocol<S, M, R> {
  readonly guarantee: Guarantee;
  /** The machine of this node in one election. */
  machine(election: string): Machine<S, M, R>;
  /** Why no candidate can stand on this node; `undefined` if one can. */
  readonly mayNotStand?: string | undefined;
  /** With these nodes in reach, this one included, of this group: could anybody be elected? */
  canElect(reachable: ReadonlySet<NodeId>, group: readonly NodeId[]): boolean;
}
