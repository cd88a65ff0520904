/** Who comes before whom: what the papers assume to be a unique number. @pure */
import type { NodeId, Standing } from './machine.js';

export interface Ranked {
  readonly node: NodeId;
  readonly standing: Standing;
}

/** Heavier first, then who has stood for longer, then by name. */
export function outranks(a: Ranked, b: Ranked): boolean {
  if (a.standing.weight !== b.standing.weight) return a.standing.weight > b.standing.weight;
  if (a.standing.order !== b.standing.order) return a.standing.order < b.standing.order;
  return a.node < b.node;
}
