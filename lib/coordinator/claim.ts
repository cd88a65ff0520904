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
  ignoreElements,
  map,
  type Observable,
  of,
  repeat,
  switchMap,
  take,
  tap,
  throwError,
} from 'rxjs';
import { clearFrom } from '../election/lease.js';
import { isMissing, isOtherVersion, type StoredNode, type StoreOp, type StoreSession } from '../election/store.js';
import { StoreError } from '../errors.js';
import { type Clock, reached } from '../options.js';
import { again } from './again.js';
import { departure } from './departure.js';
import type { Member } from './member.js';
import { decodeRoleRecord, encodeRoleRecord, type RoleRecord } from './record.js';
import { together } from './together.js';

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
  /** A child of the record, made by this claim and removed by the next: versions start over with a record, and this never comes back. */
  readonly mark: string;
  readonly previous: RoleRecord | undefined;
}

const markOf = (record: string, claimId: string): string => `${record}/${claimId}`;

/**
 * Waits until the role is free, and claims it. Emits once. Cold: unsubscribing gives up waiting, and gives back in the
 * background what a claim that was already sent may still have won.
 */
export function claim(member: Member, options: ClaimOptions): Observable<Claimed> {
  return defer(() => {
    let sent: { readonly previous: RoleRecord | undefined } | undefined;
    // Not watched while we write: our own write would have it read once more.
    const free$ = recordOf(member.session, options.path).pipe(
      switchMap((found) => {
        const record = decodeRoleRecord(found.data);
        // Known by the id of the claim, never by who we are: an attempt whose answer was lost has made it ours.
        const won = record?.claim === options.claimId;
        return (won ? of(true) : free(member, record, options)).pipe(map(() => ({ found, record, won })));
      }),
      take(1),
    );
    const attempt = ({ found, record, won }: { found: StoredNode; record: RoleRecord | undefined; won: boolean }) => {
      if (won) return of(claimedAt(found, record!, sent?.previous));
      sent = { previous: record };
      return write(member, record, found.version, options);
    };
    return free$.pipe(
      switchMap(attempt),
      repeat(),
      take(1),
      again(member.session, options.clock),
      tap({ unsubscribe: () => sent && abandon(member, options, sent.previous) }),
    );
  });
}

const claimedAt = (
  { path, mzxid, version }: StoredNode,
  { term, claim }: RoleRecord,
  previous: RoleRecord | undefined,
): Claimed => ({
  term,
  token: mzxid,
  version,
  mark: markOf(path, claim),
  previous,
});

/** The write of nothing but a check comes first: once it is answered, a claim that was on its way has been settled. */
function abandon(member: Member, options: ClaimOptions, previous: RoleRecord | undefined): void {
  const { session } = member;
  const settled$ = session.multi([{ op: 'check', path: member.path }]).pipe(switchMap(() => session.get(options.path)));
  settled$
    .pipe(
      switchMap((found) => {
        const record = decodeRoleRecord(found.data);
        if (record?.claim !== options.claimId) return EMPTY;
        const clean = previous === undefined || (previous.released && previous.clean);
        return release(member, options, claimedAt(found, record, previous), clean, false);
      }),
      again(member.session, options.clock),
      // With the session our znode is gone, and the claim with it.
      catchError(() => EMPTY),
    )
    .subscribe();
}

/** The record now and after each change; made if it is missing, and again if somebody removes it. */
function recordOf(session: StoreSession, path: string): Observable<StoredNode> {
  const make$ = defer(() => session.create(path, new Uint8Array())).pipe(
    catchError((error) => (isThere(error) ? EMPTY : throwError(() => error))),
    ignoreElements(),
  );
  return concat(
    session.watch(path),
    make$,
    defer(() => recordOf(session, path)),
  );
}

const isThere = (error: unknown) => error instanceof StoreError && error.storeCode === 'NODE_EXISTS';

/** Emits once nobody else can believe in this role. */
function free(member: Member, record: RoleRecord | undefined, options: ClaimOptions): Observable<unknown> {
  if (!record || record.released || record.member === member.name) return of(true);
  const { clock, clockDrift, members } = options;
  return departure(member.session, `${members}/${record.member}`).pipe(
    switchMap(() => {
      const clearAt = clearFrom(clock.now(), record, clockDrift);
      return reached(clock, () => clearAt);
    }),
  );
}

/** One committed write, or none: then the record has changed, and we hear of it. */
function write(
  { session, node, name, path: own }: Member,
  previous: RoleRecord | undefined,
  version: number,
  { path, claimId, clock }: ClaimOptions,
): Observable<Claimed> {
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
  const mark = markOf(path, claimId);
  const claim: StoreOp[] = [
    { op: 'check', path: own },
    { op: 'set', path, data: encodeRoleRecord(record), version },
    { op: 'create', path: mark, data: new Uint8Array() },
  ];
  const last: StoreOp[] = previous ? [{ op: 'remove', path: markOf(path, previous.claim) }] : [];
  const claim$ = together(session, clock, [...claim, ...last]).pipe(
    // Somebody has removed the last mark by hand.
    catchError((error) =>
      isMissing(error) && error.index === claim.length ? together(session, clock, claim) : throwError(() => error),
    ),
  );
  return claim$.pipe(
    map(([, set]) => ({ term, token: set!.mzxid!, version: set!.version!, mark, previous })),
    // Of a record that is another or gone, the watch tells; of a member that is gone, whoever wants the role as it.
    catchError((error) => (isOtherVersion(error) || isMissing(error) ? EMPTY : throwError(() => error))),
  );
}

/**
 * Gives the role back: nobody has to wait, and whoever comes next knows whether we had unloaded. Emits once; fine if it
 * is not ours any more. Goes on with the next connection.
 */
export function release(
  member: Member,
  { path, claimId, clock }: Pick<ClaimOptions, 'path' | 'claimId' | 'clock'>,
  { term, version, mark }: Claimed,
  clean: boolean,
  inDoubt: boolean,
): Observable<unknown> {
  const { session, name, node } = member;
  const { leaseMs } = session.timings;
  const record: RoleRecord = { term, owner: node, member: name, claim: claimId, leaseMs, released: true, clean };
  const told: StoreOp = { op: 'set', path, data: encodeRoleRecord(record), version };
  // A record that was removed and made anew comes to our version again with somebody else's claim.
  const isOurs = ({ data }: StoredNode) => decodeRoleRecord(data)?.claim === claimId;
  const checked$ = session
    .get(path)
    .pipe(switchMap((found) => (isOurs(found) ? together(session, clock, [told]) : of([]))));
  const release$ = together(session, clock, [{ op: 'check', path: mark }, told]).pipe(
    catchError((error) => (isMissing(error) ? checked$ : throwError(() => error))),
  );
  let unsure = inDoubt;
  return defer(() => (unsure ? checked$ : release$)).pipe(
    // What happened while the wire was down we have not seen.
    tap({ error: () => (unsure = true) }),
    catchError((error) => (isOtherVersion(error) || isMissing(error) ? of([]) : throwError(() => error))),
    again(session, clock),
  );
}
