/**
 * Acknowledged writes that name our znodes: what the leases of one session live on.
 *
 * One transaction of checks for every znode the session leads with, a third of a lease apart; none while it leads
 * nothing. Only a committed write proves anything: behind a partitioned server reads, pings and `sync` go on.
 */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  map,
  mergeMap,
  Observable,
  of,
  repeat,
  retry,
  Subject,
  share,
  startWith,
  switchMap,
  take,
  throwError,
  timer,
} from 'rxjs';
import type { Instant } from '../election/lease.js';
import { ConnectionLostError, StoreError } from '../errors.js';
import type { Clock } from '../options.js';
import { isNoNode } from './errors.js';
import type { Requests } from './requests.js';

/**
 * When each acknowledged proof for `path` was *sent*, about every `everyMs`. Goes on across reconnects; errors with
 * NO_NODE when the znode is gone. Cold: unsubscribing stops naming it.
 */
export type Prove = (path: string, everyMs: number) => Observable<Instant>;

/** Somebody who wants proofs. */
interface Wish {
  readonly path: string;
  readonly everyMs: number;
}

/** What one round has shown. */
interface Round {
  readonly sent: Instant;
  readonly wishes: ReadonlySet<Wish>;
  /** A path that was found missing: nothing is proven for the others until the next round, which follows at once. */
  readonly missing?: string;
}

export const instant = (clock: Clock): Instant => ({ now: clock.now(), wall: clock.wall() });

export function prover({ multi }: Pick<Requests, 'multi'>, connected$: Observable<unknown>, clock: Clock): Prove {
  const wishes = new Set<Wish>();
  const hurry$ = new Subject<void>();
  const rounds$ = defer(() => roundsOf(multi, wishes, connected$, hurry$, clock)).pipe(share());

  return (path, everyMs) =>
    new Observable<Instant>((subscriber) => {
      const wish: Wish = { path, everyMs };
      const sooner = everyMs < soonest(wishes);
      wishes.add(wish);
      subscriber.add(() => wishes.delete(wish));
      if (sooner) hurry$.next();
      subscriber.add(rounds$.pipe(mergeMap((round) => provenBy(round, wish))).subscribe(subscriber));
    });
}

const soonest = (wishes: ReadonlySet<Wish>): number => Math.min(...[...wishes].map(({ everyMs }) => everyMs));

/** One round after another, the next as soon as the most eager of the wishes has it, and while we are connected. */
function roundsOf(
  multi: Requests['multi'],
  wishes: ReadonlySet<Wish>,
  connected$: Observable<unknown>,
  hurry$: Observable<void>,
  clock: Clock,
): Observable<Round> {
  const due$ = defer(() =>
    hurry$.pipe(
      startWith(undefined),
      switchMap(() => timer(soonest(wishes), clock.scheduler)),
      take(1),
    ),
  );
  return due$.pipe(
    switchMap(() => connected$),
    switchMap(() =>
      proofs(multi, wishes, clock).pipe(
        retry({ delay: (error) => (error instanceof ConnectionLostError ? connected$ : due$) }),
      ),
    ),
    repeat(),
  );
}

/** One transaction; and another at once without what was missing, whose wishers have heard of it and gone. */
function proofs(multi: Requests['multi'], wishes: ReadonlySet<Wish>, clock: Clock): Observable<Round> {
  return defer(() => {
    const asked = new Set(wishes);
    const paths = [...new Set([...asked].map(({ path }) => path))];
    const sent = instant(clock);
    if (paths.length === 0) return EMPTY;
    return multi(paths.map((path) => ({ op: 'check', path }))).pipe(
      map((): Round => ({ sent, wishes: asked })),
      catchError((error) => {
        if (!isNoNode(error)) throw error;
        const missing: Round = { sent, wishes: asked, missing: paths[(error as StoreError).index ?? 0] };
        return concat(of(missing), proofs(multi, wishes, clock));
      }),
    );
  });
}

function provenBy({ sent, wishes, missing }: Round, wish: Wish): Observable<Instant> {
  if (!wishes.has(wish)) return EMPTY;
  if (missing === undefined) return of(sent);
  return missing === wish.path ? throwError(() => new StoreError('NO_NODE', wish.path, false)) : EMPTY;
}
