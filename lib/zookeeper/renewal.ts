/**
 * Acknowledged writes that name our znodes and our claims: what the leases of one session live on.
 *
 * One transaction of checks for everything the session leads with, as far as it fits into a request, a third of a lease
 * apart; none while it leads nothing. Only a committed write proves anything: behind a partitioned server reads, pings
 * and `sync` go on.
 */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  filter,
  map,
  merge,
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
import { ConnectionLostError, type StoreError } from '../errors.js';
import type { Clock } from '../options.js';
import { isRefuted } from './errors.js';
import { MAX_REQUEST_BYTES, type Requests } from './requests.js';

/**
 * When each acknowledged proof for `path` was *sent*, about every `everyMs`. Goes on across reconnects; errors with
 * NO_NODE when the znode is gone, with BAD_VERSION when the `claim` is not the last any more. Cold: unsubscribing stops
 * naming it.
 */
export type Prove = (path: string, everyMs: number, claim?: Named) => Observable<Instant>;

/** What has to be there; with a version, unchanged. */
export interface Named {
  readonly path: string;
  readonly version?: number;
}

/** Somebody who wants proofs. */
interface Wish {
  readonly named: readonly Named[];
  readonly everyMs: number;
}

/** What one round has shown. */
interface Round {
  readonly sent: Instant;
  readonly wishes: ReadonlySet<Wish>;
  /** Not as it was named: nothing is proven for the others of its request until the next one, which follows at once. */
  readonly refuted?: { readonly key: string; readonly error: StoreError };
}

export const instant = (clock: Clock): Instant => ({ now: clock.now(), wall: clock.wall() });

export function prover({ multi }: Pick<Requests, 'multi'>, connected$: Observable<unknown>, clock: Clock): Prove {
  const wishes = new Set<Wish>();
  const hurry$ = new Subject<void>();
  const rounds$ = defer(() => roundsOf(multi, wishes, connected$, hurry$, clock)).pipe(share());

  return (path, everyMs, claim) =>
    new Observable<Instant>((subscriber) => {
      const wish: Wish = { named: claim ? [{ path }, claim] : [{ path }], everyMs };
      const sooner = everyMs < soonest(wishes);
      wishes.add(wish);
      subscriber.add(() => wishes.delete(wish));
      if (sooner) hurry$.next();
      subscriber.add(
        rounds$
          .pipe(
            filter((round) => round.wishes.has(wish)),
            mergeMap((round) => provenBy(round, wish)),
          )
          .subscribe(subscriber),
      );
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
  const round$ = defer(() => merge(...inRequests(wishes).map((some) => proofs(multi, some, wishes, clock))));
  return due$.pipe(
    switchMap(() => connected$),
    switchMap(() =>
      round$.pipe(retry({ delay: (error) => (error instanceof ConnectionLostError ? connected$ : due$) })),
    ),
    repeat(),
  );
}

/** A request holds so much, by the most that its paths can take; half of what a server reads. */
const ROOM_BYTES = MAX_REQUEST_BYTES / 2;
const roomOf = ({ path }: Named): number => 512 + 3 * path.length;

/** Everybody's names, as many together as fit into one request. */
function inRequests(wishes: Iterable<Wish>): Wish[][] {
  const requests: Wish[][] = [];
  let room = 0;
  for (const wish of wishes) {
    const needed = wish.named.reduce((sum, one) => sum + roomOf(one), 0);
    if (needed > room) {
      requests.push([]);
      room = ROOM_BYTES;
    }
    requests.at(-1)!.push(wish);
    room -= needed;
  }
  return requests;
}

/**
 * One transaction; and another at once without what was refuted, whose wishers have heard of it and gone. Whatever else it
 * fails with proves nothing, and is asked again in the next round.
 */
function proofs(
  multi: Requests['multi'],
  some: readonly Wish[],
  wishes: ReadonlySet<Wish>,
  clock: Clock,
): Observable<Round> {
  return defer(() => {
    const asked = new Set(some.filter((wish) => wishes.has(wish)));
    const named = new Map([...asked].flatMap((wish) => wish.named).map((one) => [keyOf(one), one]));
    const sent = instant(clock);
    if (named.size === 0) return EMPTY;
    return multi([...named.values()].map((one) => ({ op: 'check', ...one }))).pipe(
      map((): Round => ({ sent, wishes: asked })),
      catchError((error: StoreError) => {
        if (error instanceof ConnectionLostError) throw error;
        if (!isRefuted(error)) return EMPTY;
        const key = [...named.keys()][error.index ?? 0]!;
        return concat(of({ sent, wishes: asked, refuted: { key, error } }), proofs(multi, some, wishes, clock));
      }),
    );
  });
}

const keyOf = ({ path, version }: Named): string => `${path} ${version}`;

function provenBy({ sent, refuted }: Round, wish: Wish): Observable<Instant> {
  if (refuted === undefined) return of(sent);
  return wish.named.some((one) => keyOf(one) === refuted.key) ? throwError(() => refuted.error) : EMPTY;
}
