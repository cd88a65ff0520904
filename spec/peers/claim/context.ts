/** What an algorithm looks at, on node a of these. */
import type { Context } from '../../../lib/peers/algorithm.js';
import { resolveQuorumOptions } from '../../../lib/peers/quorum.js';

/** Nobody leads, and everybody stands with the same weight, unless it says otherwise. */
export function contextOf(members: readonly string[], changes: Partial<Context> = {}): Context {
  return {
    ...{ options: resolveQuorumOptions({ self: 'a', members }), at: 0, random: 0.5, members },
    others: members.filter((node) => node !== 'a'),
    ...{ standing: { weight: 0, order: 1 }, vacant: true, leads: undefined, leader: undefined },
    ...changes,
  };
}
