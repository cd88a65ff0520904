import { createState, type State } from '../zookeeper-server/state.js';
import type { Link } from './link.js';

/** One server of a simulated ensemble: its copy of the tree, and who is connected to it. */
export interface Server {
  readonly index: number;
  readonly state: State;
  readonly links: Map<number, Link>;
  /** Whom it has heard from since it last told the first server. */
  readonly touched: Set<bigint>;
  /** What waits for it to be reached by the others again: what it wants to say, and what it has to apply. */
  cut: { readonly out: (() => void)[]; readonly in: (() => void)[] } | undefined;
  isUp: boolean;
  /** FIFO: nothing overtakes what was sent before. */
  outAt: number;
  inAt: number;
}

export function newServer(index: number, { tickMs, seed }: { readonly tickMs: number; readonly seed: number }): Server {
  const rules = {
    ...{ tickMs, minSessionTimeoutMs: 0, maxSessionTimeoutMs: 1e9, epochMs: 1e12, seed: BigInt(seed) },
    ...{ extendedTypes: false, reapEveryMs: Number.POSITIVE_INFINITY },
  };
  const state = createState(rules);
  return { index, state, links: new Map(), touched: new Set(), cut: undefined, isUp: true, outAt: 0, inAt: 0 };
}
