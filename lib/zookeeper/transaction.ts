/** Fenced writes: a transaction that also checks our own znode and our claim. */
import { firstValueFrom } from 'rxjs';
import { FencedError, StoreError } from '../errors.js';
import type { Claimed } from './claim.js';
import type { Op } from './requests.js';
import type { Session } from './session.js';
import type { Transaction } from './standing.js';

/**
 * While our znode and our claim (the version of the record) both stand, nobody else can have claimed: so a write of a
 * deposed leader cannot commit, whatever it believes. If somebody deletes the election and it begins again, names and
 * versions come again too, but to the same candidacy only: it knows whether it still sits where it claimed (`isSeated`).
 */
export function transaction(
  session: Session,
  own: string,
  record: string,
  claimed: Claimed,
  isSeated: () => boolean,
  ops: readonly Op[] = [],
): Transaction {
  const fence: Op[] = [
    { op: 'check', path: own },
    { op: 'check', path: record, version: claimed.version },
  ];
  const and = (op: Op) => transaction(session, own, record, claimed, isSeated, [...ops, op]);
  return {
    check: (at, expected) => and({ op: 'check', path: at, version: expected }),
    create: (at, data = '') => and({ op: 'create', path: at, data: bytes(data) }),
    set: (at, data, expected) => and({ op: 'set', path: at, data: bytes(data), version: expected }),
    remove: (at, expected) => and({ op: 'remove', path: at, version: expected }),
    commit: async () => {
      if (!isSeated()) throw new FencedError(claimed.token);
      try {
        return (await firstValueFrom(session.multi([...fence, ...ops]))).slice(fence.length);
      } catch (error) {
        throw explain(error, claimed.token, fence.length);
      }
    },
  };
}

/** The first two checks are the fence; the user's operations are counted from 0. */
function explain(error: unknown, token: bigint, fences: number): unknown {
  if (!(error instanceof StoreError) || error.index === undefined) return error;
  if (error.index < fences) return new FencedError(token, { cause: error });
  return new StoreError(error.storeCode, error.path, error.retriable, error.index - fences, { cause: error });
}

const bytes = (data: string | Uint8Array): Uint8Array =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data;
