/**
 * The claim of a role: one write that raises its term and names us as the owner.
 *
 * The last owner must be gone for good first: it has released, or its znode among the members is no more. In the latter
 * case its lease is waited for, from the instant we saw that it was gone. So two owners never believe at once, and a
 * claim needs no lock: what was seen to be gone stays gone.
 */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  map,
  type Observable,
  of,
  retry,
  switchMap,
  take,
  throwError,
} from 'rxjs';
import { clearFrom } from '../election/lease.js';
import { isMissing, isOtherVersion, type StoredNode } from '../election/store.js';
import { ConnectionLostError, StoreError } from '../errors.js';
import { type Clock, reached } from '../options.js';
import type { Member } from './member.js';
import { decodeRoleRecord, encodeRoleRecord, type RoleRecord } from './record.js';

export interface ClaimOptions {
  /** Of the role's record. */
  readonly path: string;
  /** Of the members' parent. */
  readonly members: string;
  /** A new one for each claim. */
  readonly claimId: string;
  readonly clock: Clock;
  readonly clockDrift: number;
}

export interface Claimed {
  readonly term: number;
  /** The zxid of the claim. */
  readonly token: bigint;
  /** Of the record, while the term lasts. */
  readonly version: number;
  readonly previous: RoleRecord | undefined;
}

/** Emits once: claimed; or completes without a value: somebody else has the role, or got it before us. */
export function claim(member: Member, options: ClaimOptions): Observable<Claimed> {
  const { session } = member;
  return defer(() => {
    let previous: RoleRecord | undefined;
    const won = (found: StoredNode) => wonBy(options, found, previous);
    const attempt$ = read(member, options).pipe(
      switchMap((found) => {
        const already = won(found);
        if (already) return of(already);
        previous = decodeRoleRecord(found.data);
        return cleared(member, previous, options).pipe(
          switchMap(() => write(member, previous, found.version, options)),
        );
      }),
      // Somebody was faster; perhaps it was our own write, whose answer was lost.
      catchError((error) => {
        if (!isOtherVersion(error)) throw error;
        return read(member, options).pipe(
          map(won),
          filter((claimed) => claimed !== undefined),
        );
      }),
    );
    return attempt$.pipe(
      retry({
        delay: (error) => (error instanceof ConnectionLostError ? session.connected$ : throwError(() => error)),
      }),
    );
  });
}

/** Known by the id of the claim, never by who we are. */
function wonBy({ claimId }: ClaimOptions, found: StoredNode, previous: RoleRecord | undefined): Claimed | undefined {
  const record = decodeRoleRecord(found.data);
  if (record?.claim !== claimId) return undefined;
  return { term: record.term, token: found.mzxid, version: found.version, previous };
}

/** The record; made if it is missing. */
function read({ session }: Member, { path }: ClaimOptions): Observable<StoredNode> {
  const make$ = defer(() => session.create(path, new Uint8Array())).pipe(
    catchError((error) => (isThere(error) ? EMPTY : throwError(() => error))),
    ignoreElements(),
  );
  return session
    .get(path)
    .pipe(catchError((error) => (isMissing(error) ? concat(make$, session.get(path)) : throwError(() => error))));
}

const isThere = (error: unknown) => error instanceof StoreError && error.storeCode === 'NODE_EXISTS';

/** Emits once nobody else can believe; completes without a value if the owner is still there. */
function cleared(member: Member, previous: RoleRecord | undefined, options: ClaimOptions): Observable<unknown> {
  if (!previous || previous.released || previous.member === member.name) return of(true);
  const { clock, clockDrift, members } = options;
  return member.session.get(`${members}/${previous.member}`).pipe(
    switchMap(() => EMPTY),
    catchError((error) => {
      if (!isMissing(error)) throw error;
      const clearAt = clearFrom(clock.now(), previous, clockDrift);
      return reached(clock, () => clearAt).pipe(take(1));
    }),
  );
}

function write(
  member: Member,
  previous: RoleRecord | undefined,
  version: number,
  { path, claimId }: ClaimOptions,
): Observable<Claimed> {
  const { session, node, name } = member;
  const term = (previous?.term ?? 0) + 1;
  const { leaseMs } = session.timings;
  const record: RoleRecord = {
    term,
    owner: node,
    member: name,
    claim: claimId,
    leaseMs,
    released: false,
    clean: false,
  };
  return session
    .multi([
      { op: 'check', path: member.path },
      { op: 'set', path, data: encodeRoleRecord(record), version },
    ])
    .pipe(map(([, set]) => ({ term, token: set!.mzxid!, version: set!.version!, previous })));
}

/**
 * Gives the role back: nobody has to wait, and whoever comes next knows whether we had unloaded. Emits once; fine if it
 * is not ours any more. Goes on with the next connection.
 */
export function release(
  { session, name, node }: Member,
  { path, claimId }: Pick<ClaimOptions, 'path' | 'claimId'>,
  { term, version }: Claimed,
  clean: boolean,
): Observable<unknown> {
  const { leaseMs } = session.timings;
  const record: RoleRecord = { term, owner: node, member: name, claim: claimId, leaseMs, released: true, clean };
  return session.multi([{ op: 'set', path, data: encodeRoleRecord(record), version }]).pipe(
    catchError((error) => (isOtherVersion(error) || isMissing(error) ? of(undefined) : throwError(() => error))),
    retry({ delay: (error) => (error instanceof ConnectionLostError ? session.connected$ : throwError(() => error)) }),
  );
}
