/**
 * Acknowledged writes that name our znodes: what the leases of one session live on.
 *
 * One transaction of checks for every znode the session leads with, a third of a lease apart; none while it leads
 * nothing. Only a committed write proves anything: behind a partitioned server reads, pings and `sync` go on.
 */
import {
  catchError,
  defer,
  EMPTY,
  filter,
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
import { ConnectionLostError, StoreError } from '../errors.js';
import type { Clock } from '../options.js';
import { isNoNode } from './errors.js';
import type { Instant } from './lease.js';
import type { Requests } from './requests.js';

/**
 * When each acknowledged proof for `path` was *sent*, about every `everyMs`. Goes on across reconnects; errors with
 * NO_NODE when the znode is gone. Cold: unsubscribing stops naming it.
 */
export type Prove = (path: string, everyMs: number) => Observable<Instant>;

/** What one round has shown. */
interface Round {
  readonly sent: Instant;
  readonly paths: ReadonlySet<string>;
  /** A path that was found missing: nothing is proven for the others until the next round. */
  readonly missing?: string;
}

export const instant = (clock: Clock): Instant => ({ now: clock.now(), wall: clock.wall() });

export function prover({ multi }: Pick<Requests, 'multi'>, connected$: Observable<unknown>, clock: Clock): Prove {
  const named = new Map<string, number>();
  const soonest = () => Math.min(...named.values());
  const hurry$ = new Subject<void>();
  const due$ = defer(() =>
    hurry$.pipe(
      startWith(undefined),
      switchMap(() => timer(soonest(), clock.scheduler)),
      take(1),
    ),
  );

  const round$ = defer(() => {
    const paths = new Set(named.keys());
    const sent = instant(clock);
    return multi([...paths].map((path) => ({ op: 'check', path }))).pipe(
      map((): Round => ({ sent, paths })),
      catchError((error) =>
        isNoNode(error)
          ? of({ sent, paths, missing: [...paths][(error as StoreError).index ?? 0] })
          : throwError(() => error),
      ),
    );
  });
  const rounds$ = due$.pipe(
    switchMap(() => connected$),
    switchMap(() =>
      round$.pipe(retry({ delay: (error) => (error instanceof ConnectionLostError ? connected$ : due$) })),
    ),
    repeat(),
    share(),
  );

  return (path, everyMs) =>
    new Observable<Instant>((subscriber) => {
      const sooner = everyMs < soonest();
      named.set(path, everyMs);
      if (sooner) hurry$.next();
      subscriber.add(() => named.delete(path));
      const proven$ = rounds$.pipe(
        filter(({ paths }) => paths.has(path)),
        mergeMap(({ sent, missing }) => {
          if (missing === undefined) return of(sent);
          return missing === path ? throwError(() => new StoreError('NO_NODE', path, false)) : EMPTY;
        }),
      );
      subscriber.add(proven$.subscribe(subscriber));
    });
}
