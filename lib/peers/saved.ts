/** What a node of bully, ring and voting keeps over a crash, and what it begins from. @pure */
import { InvalidOptionError } from '../errors.js';
import { type Claimed, isEpoch, isFields, isNode } from './claim-messages.js';
import type { NodeId } from './machine.js';
import type { ResolvedQuorumOptions } from './quorum.js';

/** What outlives a crash: the largest epoch known, the last promise, and the algorithm's round. */
export interface Saved {
  readonly known: number;
  readonly promised?: Claimed | undefined;
  readonly round: number;
  /** With a majority: of whom. Sorted. */
  readonly members?: readonly NodeId[] | undefined;
}

/**
 * Throws InvalidOptionError for what no node of these protocols saved, and, where a majority decides, for members that
 * are others than those it was saved with: a majority of those and one of these may share nobody.
 */
export function checkSaved({ quorum, members, previousMembers }: ResolvedQuorumOptions, saved: Saved): void {
  if (!isSaved(saved))
    throw new InvalidOptionError(
      'the saved record',
      saved,
      'is not what this protocol saved: restore it, or start this node as an observer; a member that forgets may promise twice',
    );
  if (quorum !== 'majority' || saved.members === undefined || sameNodes(saved.members, members)) return;
  if (previousMembers && sameNodes(saved.members, previousMembers)) return;
  throw new InvalidOptionError(
    'members',
    members,
    `differ from the members this node has saved, ${saved.members.join(', ')}: start it with those, or, to change one, ` +
      'restart every node with the new members and with those as previousMembers',
  );
}

function isSaved(saved: unknown): saved is Saved {
  if (!isFields(saved)) return false;
  const { known, promised, round, members } = saved;
  const isPromise = promised === undefined || (isFields(promised) && isEpoch(promised.epoch) && isNode(promised.by));
  const areMembers = members === undefined || (Array.isArray(members) && members.every(isNode));
  return isEpoch(known) && isEpoch(round) && isPromise && areMembers;
}

/** Both are sorted. */
export const sameNodes = (a: readonly NodeId[], b: readonly NodeId[]): boolean =>
  a.length === b.length && a.every((node, index) => node === b[index]);
