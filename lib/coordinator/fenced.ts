/**
 * Fenced writes: a transaction that also checks the term (the record's version, and the mark of the claim) and the owner
 * (its znode).
 *
 * Each check alone has a hole: a record that was removed and made anew comes to the same version again; a mark stands
 * until the next claim, although the role was released; and an owner outlives single terms. With all of them, nothing
 * that a past owner sends can commit. Sent once, on the session that claimed.
 */
import { catchError, map, type Observable, of } from 'rxjs';
import type { StoreOp, StoreResult } from '../election/store.js';
import { ConnectionLostError, SessionExpiredError, StoreError } from '../errors.js';
import type { Claimed } from './claim.js';
import type { Member } from './member.js';

export type FencedOutcome =
  | { readonly status: 'committed'; readonly results: readonly StoreResult[] }
  /** Nothing was written, and the term is over: by another claim, by our znode's end, or with the session. */
  | { readonly status: 'fenced'; readonly by: 'term' | 'member' | 'session' }
  /** Nothing was written: one of the operations was refused, counted from 0. The term goes on. */
  | { readonly status: 'rejected'; readonly index: number; readonly code: string }
  /** The connection was lost before the answer. It is not sent again. */
  | { readonly status: 'unknown' };

/** Cold; emits once. Errors only for what is wrong with the request itself, such as DataTooLargeError. */
export function fencedWrite(
  { session, path }: Pick<Member, 'session' | 'path'>,
  record: string,
  { version, mark }: Pick<Claimed, 'version' | 'mark'>,
  ops: readonly StoreOp[],
): Observable<FencedOutcome> {
  const fence: StoreOp[] = [
    { op: 'check', path: record, version },
    { op: 'check', path },
    { op: 'check', path: mark },
  ];
  return session.multi([...fence, ...ops]).pipe(
    map((results): FencedOutcome => ({ status: 'committed', results: results.slice(fence.length) })),
    catchError((error) => of(outcomeOf(error, fence.length))),
  );
}

function outcomeOf(error: unknown, fences: number): FencedOutcome {
  if (error instanceof ConnectionLostError) return { status: 'unknown' };
  if (error instanceof SessionExpiredError) return { status: 'fenced', by: 'session' };
  if (!(error instanceof StoreError) || error.index === undefined) throw error;
  if (error.index < fences) return { status: 'fenced', by: error.index === 1 ? 'member' : 'term' };
  return { status: 'rejected', index: error.index - fences, code: error.storeCode };
}
