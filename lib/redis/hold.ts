/**
 * Leadership, from the lease to its end.
 *
 * It ends by itself when the belief does; at once when our place is taken away or Redis says that the lease is not ours;
 * in order when somebody asks, or somebody better joins (`preempt`). Resigning unsubscribes: then the teardown ends the term.
 */
import { randomUUID } from 'node:crypto';
import {
  concat,
  defer,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  repeat,
  retry,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { candidate } from '../election/leadership.js';
import { believes, believesUntil, type Instant } from '../election/lease.js';
import { drained, type OpenTerm, openTerm } from '../election/term.js';
import { reached } from '../options.js';
import { renew, type Told } from './heartbeat.js';
import { goodbye, orLater, whyGone } from './leave.js';
import { instant, remember } from './office.js';
import { preferred } from './prefer.js';
import { concerns } from './reply.js';
import type { RedisLeadership, Seat, Standing } from './standing.js';

/** Why a leadership ends while we still stand. */
type End =
  | { readonly why: 'lapsed' | 'lost' | 'evicted' }
  | { readonly why: 'asked'; readonly nominee: string | undefined };
const LAPSED: End = { why: 'lapsed' };

/** Leads, until one of its ends. Completes when it is time for another heartbeat. */
export function hold(standing: Standing, seat: Seat, told: Told & { is: 'leader' }): Observable<RedisLeadership> {
  return defer(() => {
    const { counter: token, sent } = told;
    remember(standing.office, token);
    const lease = keepLease(standing, seat, token, sent);
    const term = openTerm(token, lease.holds);
    // From now on the next attempt is another leadership, with another token.
    seat.attempt = randomUUID();
    return merge(lease.end$, outdone(standing, seat, told)).pipe(
      take(1),
      switchMap((end) => ending(standing, seat, term, lease.end$, end)),
      startWith(term.leading as RedisLeadership),
      finalize(() => term.close()),
    );
  });
}

/** A lease that is renewed while `end$` is subscribed. Once belief in it has lapsed it stays so. */
function keepLease(standing: Standing, seat: Seat, token: bigint, first: Instant) {
  const { office } = standing;
  const { clock, beliefMs, renewMs } = office.options;
  let proof = first;
  let held = true;
  const holds = (): boolean => {
    held &&= believes(proof, instant(office), beliefMs);
    return held;
  };
  const renewed$ = defer(() => renew(standing, seat, token)).pipe(
    map(({ is, sent, request }): End | undefined => {
      if (is !== 'kept') return { why: is === 'gone' ? 'evicted' : 'lost' };
      if (holds() && sent.now > proof.now) proof = sent;
      return held ? request && { why: 'asked', nominee: request.nominee } : LAPSED;
    }),
    retry({ delay: orLater(office) }),
  );
  const due$ = defer(() => timer(Math.max(0, proof.now + renewMs - clock.now()), clock.scheduler));
  // One after the other: the answer counts also if it takes longer than `renewMs`.
  const renewals$ = due$.pipe(
    switchMap(() => renewed$),
    repeat(),
  );
  const asked$ = told(standing, seat).pipe(switchMap(() => renewed$));
  const lapsed$ = reached(clock, () => believesUntil(proof, beliefMs)).pipe(map(() => LAPSED));
  const end$ = merge(renewals$, asked$, lapsed$).pipe(filter((end) => end !== undefined));
  return { holds, end$ };
}

/** News that concerns us, or that we may have missed: what it is, Redis says. */
function told({ office: { wire, keys } }: Standing, { name }: Seat): Observable<unknown> {
  return wire
    .news(keys.channel)
    .pipe(filter((news) => news === '' || concerns(news, 'gone', name) || concerns(news, 'asked', name)));
}

/** Somebody better, of those who joined since we lead. */
function outdone({ office, election }: Standing, seat: Seat, { since }: { readonly since: number }): Observable<End> {
  if (!election.preempt) return EMPTY;
  const { clock, renewMs } = office.options;
  const joined$ = office.wire.news(office.keys.channel).pipe(filter((news) => news === '' || concerns(news, 'line')));
  return merge(timer(0, renewMs, clock.scheduler), joined$).pipe(
    switchMap(() =>
      preferred(office, seat.name, election, (other) => (other.since ?? 0) >= since).pipe(
        retry({ delay: orLater(office) }),
      ),
    ),
    filter((nominee) => nominee !== undefined),
    map((nominee): End => ({ why: 'asked', nominee })),
  );
}

function ending(
  standing: Standing,
  seat: Seat,
  term: OpenTerm,
  kept$: Observable<End>,
  end: End,
): Observable<RedisLeadership> {
  if (end.why === 'asked') return handOver(standing, seat, term, kept$, end.nominee);
  term.close();
  if (end.why !== 'evicted') return of(candidate(end.why === 'lost' ? 'expired' : 'suspended'));
  const why = whyGone(standing, seat, standing.office.known.token);
  return concat(of(candidate(why)), letGo(standing, seat, term), vacate(standing));
}

const vacate = (standing: Standing): Observable<never> =>
  defer(() => {
    standing.seat = undefined;
    return EMPTY;
  });

/** The place is gone, the lease is not: it is let go as soon as the work has ended, so that nobody waits for its end. */
function letGo(standing: Standing, seat: Seat, { leading }: OpenTerm): Observable<never> {
  const { clock, leaseMs } = standing.office.options;
  return drained(leading, Math.min(standing.election.drainTimeoutMs, leaseMs), clock.scheduler).pipe(
    switchMap(() => goodbye(standing, seat)),
    takeUntil(timer(leaseMs, clock.scheduler)),
    ignoreElements(),
  );
}

/** Stops the work, keeps the lease while it drains, lets it go, and stands at the end of the line. */
function handOver(
  standing: Standing,
  seat: Seat,
  term: OpenTerm,
  kept$: Observable<End>,
  nominee: string | undefined,
): Observable<RedisLeadership> {
  const { election, office } = standing;
  const { logger, clock } = office.options;
  const drained$ = defer(() => drained(term.leading, election.drainTimeoutMs, clock.scheduler));
  const gone$ = kept$.pipe(filter(({ why }) => why !== 'asked'));
  const goodbye$ = defer(() => {
    term.close();
    return goodbye(standing, seat, { token: term.leading.token, nominee });
  });
  return defer(() => {
    logger.info({ id: standing.profile.id, nominee }, 'redis: handing over');
    term.abort();
    const until$ = drained$.pipe(takeUntil(gone$.pipe(tap(() => term.close()))));
    return concat(of(candidate('resigning')), until$.pipe(ignoreElements()), goodbye$.pipe(ignoreElements()));
  });
}
