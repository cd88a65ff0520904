/** What a node keeps over a crash, and how it begins from it. @pure */
import { InvalidOptionError } from '../../errors.js';
import type { NodeId } from '../machine.js';
import type { Group } from './options.js';
import type { RaftRecord, RaftState } from './state.js';

/**
 * The state in which a node starts. Throws InvalidOptionError for a record that is damaged, or whose voters are others
 * than those it is started with.
 */
export function begin(group: Group, saved: RaftRecord | undefined): RaftState {
  if (saved !== undefined) checkRecord(group, saved);
  return {
    term: saved?.term ?? 0,
    votedFor: saved?.votedFor ?? undefined,
    ...{ role: { is: 'follower' }, leader: undefined, standing: undefined, roster: new Map() },
    ...{ promisedUntil: Number.POSITIVE_INFINITY, dueAt: Number.POSITIVE_INFINITY, alarmAt: undefined },
    recorded: saved,
    ...{ elections: 0, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: undefined },
  };
}

/** What is to be saved; `undefined` if that has been done, or if this node's word counts for nothing. */
export function toRecord({ isVoter, voters }: Group, state: RaftState): RaftRecord | undefined {
  const { term, votedFor = null, recorded } = state;
  const isDone = recorded?.term === term && recorded.votedFor === votedFor && sameNodes(recorded.voters, voters);
  return isVoter && !isDone ? { voters, term, votedFor } : undefined;
}

function checkRecord({ voters, previousVoters }: Group, saved: RaftRecord): void {
  if (!isRecord(saved))
    throw new InvalidOptionError(
      'the saved record',
      saved,
      'is not what Raft saved: restore it, or start this node as an observer; a voter that forgets may elect two leaders',
    );
  if (sameNodes(saved.voters, voters) || (previousVoters && sameNodes(saved.voters, previousVoters))) return;
  throw new InvalidOptionError(
    'voters',
    voters,
    `differ from the voters this node has saved, ${saved.voters.join(', ')}: start it with those, or, to change one, ` +
      'restart every node with the new voters and with those as previousVoters',
  );
}

function isRecord(saved: unknown): saved is RaftRecord {
  const { voters, term, votedFor } = (saved ?? {}) as Partial<RaftRecord>;
  const isVote = votedFor === null || typeof votedFor === 'string';
  const areVoters = Array.isArray(voters) && voters.every((node) => typeof node === 'string');
  return areVoters && isVote && Number.isSafeInteger(term) && (term as number) >= 0;
}

/** Both are sorted. */
function sameNodes(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index]);
}
