import { InvalidOptionError, StaleTokenError } from '../errors.js';

/**
 * The resource's side of fencing: it has seen the highest token and refuses smaller ones. A leader that was paused and
 * writes late offers a smaller token than its successor, and is refused; nothing that the leader itself can check
 * helps, since it may be paused after the check.
 *
 * This one keeps its memory in the process. Where the resource is a database, let the database compare, in the same
 * statement as the write:
 *
 * ```sql
 * UPDATE job SET state = :state, token = :token WHERE id = :id AND token <= :token
 * -- No row updated: the token is stale. Stop working.
 * ```
 */
export interface Fence {
  /** Throws StaleTokenError for a token smaller than the highest seen. An equal one is the same leader's: admitted. */
  admit(token: bigint): void;
  /** The highest token admitted so far. */
  readonly highest: bigint;
}

/** A fence that has seen `initial`. @default 0n, which every leader's token reaches */
export function createFence(initial = 0n): Fence {
  let highest = checkToken('initial', initial);
  return {
    admit(token) {
      if (checkToken('token', token) < highest) throw new StaleTokenError(token, highest);
      highest = token;
    },
    get highest() {
      return highest;
    },
  };
}

function checkToken(option: string, token: unknown): bigint {
  if (typeof token !== 'bigint') throw new InvalidOptionError(option, token, 'must be a bigint, as `term.token` is');
  return token;
}
