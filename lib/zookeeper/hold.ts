/**
 * Leadership, from the claim to its end.
 *
 * It ends by itself when the lease does, or the renewal finds that somebody else has claimed; at once when our own znode
 * is deleted (eviction) or changed (a request to step down), or when somebody better joins (`preempt`); at the first doubt
 * with `onSuspend: 'stop'`. The session's end, and resigning, unsubscribe: then the teardown ends the term.
 */
import {
  catchError,
  defer,
  EMPTY,
  endWith,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import { candidate } from '../election/leadership.js';
import { believes, believesUntil, type Instant } from '../election/lease.js';
import { drained, openTerm } from '../election/term.js';
import { ConnectionLostError } from '../errors.js';
import { reached } from '../options.js';
import type { Claimed } from './claim.js';
import { rethrow } from './enlist.js';
import { isRefuted } from './errors.js';
import { betterNewcomer, passToNominee } from './pass.js';
import { decodeProfile } from './record.js';
import { instant } from './renewal.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { Seat, Standing, ZooKeeperLeadership, ZooKeeperTerm } from './standing.js';
import { transaction } from './transaction.js';
import { goodbye } from './withdraw.js';

/** Why a leadership ends while we still stand. */
type End = { readonly why: 'lapsed' | 'evicted' } | { readonly why: 'asked'; readonly nominee?: string };
const LAPSED: End = { why: 'lapsed' };
const EVICTED: End = { why: 'evicted' };

/** Waits for the lease of a holder that was lost, then leads. Completes when the place is gone, errors when the lease lapsed. */
export function hold(
  session: Session,
  seat: Seat,
  standing: Standing,
  own$: Observable<Znode>,
  claimed: Claimed,
): Observable<ZooKeeperLeadership> {
  const { clock } = standing.options;
  const gone$ = own$.pipe(ignoreElements(), endWith(true));
  const waited$ = reached(clock, () => claimed.clearAt).pipe(
    switchMap(() => freshProof(session, seat, standing, claimed)),
  );
  const proof$ =
    clock.now() >= claimed.clearAt ? of(claimed.sent) : waited$.pipe(takeUntil(session.lost$), takeUntil(gone$));
  const lead$ = proof$.pipe(switchMap((sent) => lead(session, seat, standing, own$, { ...claimed, sent })));
  return passToNominee(session, seat, standing, claimed, lead$);
}

/** The claim is as old as the wait was long: a new proof before the first belief. */
function freshProof(
  session: Session,
  seat: Seat,
  { path, options }: Standing,
  { version }: Claimed,
): Observable<Instant> {
  return defer(() => {
    const sent = instant(options.clock);
    const proof$ = session.multi([
      { op: 'check', path: seat.path },
      { op: 'check', path, version },
    ]);
    return proof$.pipe(
      map(() => sent),
      catchError((error) => (isRefuted(error) ? EMPTY : rethrow(error))),
    );
  });
}

/** Leader, until one of its ends. */
function lead(
  session: Session,
  seat: Seat,
  standing: Standing,
  own$: Observable<Znode>,
  claimed: Claimed,
): Observable<ZooKeeperLeadership> {
  const { logger } = standing.options;
  const lease = keepLease(session, seat, standing, claimed);
  const isSeated = () => standing.seat === seat;
  const fenced = { transaction: () => transaction(session, seat.path, standing.path, claimed, isSeated) };
  const term = openTerm<ZooKeeperTerm>(claimed.token, lease.holds, fenced);
  standing.term = term;

  const asked$ = own$.pipe(
    map(({ data }) => decodeProfile(data).stepDown),
    filter((request) => request !== undefined),
    tap((request) => logger.info({ id: standing.profile.id, ...request }, 'zookeeper: asked to step down')),
    map(({ to }): End => ({ why: 'asked', nominee: to })),
    endWith(EVICTED),
  );
  const outdone$ = betterNewcomer(session, seat, standing, claimed.token).pipe(
    map((nominee): End => ({ why: 'asked', nominee })),
  );
  const doubted$ = standing.options.onSuspend === 'stop' ? suspended(session) : EMPTY;
  const ends = (end: End): Observable<ZooKeeperLeadership> => {
    if (end.why === 'asked') return handOver(session, seat, standing, lease.end$, end.nominee);
    term.close();
    return end.why === 'evicted'
      ? of(candidate('evicted'))
      : throwError(() => new ConnectionLostError('the renewal of the lease'));
  };
  return merge(lease.end$, asked$, doubted$, outdone$).pipe(
    take(1),
    switchMap(ends),
    startWith(term.leading as ZooKeeperLeadership),
    finalize(() => term.close()),
  );
}

/** A lease that is renewed while `end$` is subscribed. Once it has lapsed it stays so: the next belief needs a new claim. */
function keepLease(session: Session, seat: Seat, standing: Standing, { sent, version }: Claimed) {
  const { leaseMs } = session.timings;
  const { clock } = standing.options;
  let proof = sent;
  let held = true;
  const holds = (): boolean => {
    held &&= believes(proof, instant(clock), leaseMs);
    return held;
  };
  const renewed$ = session.prove(seat.path, leaseMs / 3, { path: standing.path, version }).pipe(
    filter((sent) => {
      if (holds() && sent.now > proof.now) proof = sent;
      return !held;
    }),
    map(() => LAPSED),
    catchError((error) => (isRefuted(error) ? of(EVICTED) : rethrow(error))),
  );
  const lapsed$ = reached(clock, () => believesUntil(proof, leaseMs)).pipe(map(() => LAPSED));
  return { holds, end$: merge(renewed$, lapsed$) };
}

/** Stops the work, keeps the lease while it drains, says goodbye. Completes when the place is gone. */
function handOver(
  session: Session,
  seat: Seat,
  standing: Standing,
  kept$: Observable<End>,
  nominee: string | undefined,
): Observable<ZooKeeperLeadership> {
  const { term, election, options } = standing;
  const drained$ = defer(() => drained(term!.leading, election.drainTimeoutMs, options.clock.scheduler));
  const goodbye$ = drained$.pipe(switchMap(() => goodbye(session, seat, standing, nominee)));
  term?.abort();
  return merge(
    of(candidate('resigning')),
    kept$.pipe(takeUntil(drained$), ignoreElements()),
    goodbye$.pipe(ignoreElements()),
  );
}

const suspended = (session: Session): Observable<End> =>
  session.connection$.pipe(
    filter((state) => state === 'suspended'),
    map(() => LAPSED),
  );
