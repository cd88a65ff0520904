import { type BehaviorSubject, defer, distinctUntilChanged, map, type Observable, ReplaySubject } from 'rxjs';
import type { Logger } from '../options.js';
import { publish } from './diagnostics.js';
import { upheld } from './laws.js';
import { candidate, isSame, type Leadership, resigned, type Term } from './leadership.js';
import type { Wish } from './standing.js';
import { isOver } from './term.js';

/** What a handle shows of its standings, to everybody alike and whether or not anybody looks. */
export interface View<X extends Term> {
  readonly leadership$: Observable<Leadership<X>>;
  /** The same for our own use: who subscribes here does not count as somebody who hears of errors. */
  readonly shown$: Observable<Leadership<X>>;
  now(): Leadership<X>;
  /** True if anybody has ever subscribed to `leadership$`. */
  isHeard(): boolean;
}

/** Subscribes to the standings, for good. */
export function show<X extends Term>(
  standing$: Observable<Leadership<X>>,
  wish$: BehaviorSubject<Wish>,
  id: string,
  logger: Logger,
): View<X> {
  let latest: Leadership<X> = candidate('joining');
  let heard = false;
  const fresh = (value: Leadership<X>) => (inDoubt(value) ? doubt(wish$.value) : value);
  const kept$ = keep(standing$, {
    next: (value) => {
      latest = value;
      logger.debug({ id, ...words(value) }, 'leadership');
    },
    error: (error: unknown) => {
      latest = resigned('unknown');
      logger.error({ id, error }, 'the candidate cannot stand any more');
      publish('succession:candidacy:failed', { id, error });
    },
  });
  const shown$ = kept$.pipe(map(fresh), distinctUntilChanged(isSame));
  const leadership$ = defer(() => {
    heard = true;
    return shown$;
  });
  return { shown$, leadership$, now: () => fresh(latest), isHeard: () => heard };
}

/** Replays the last lawful value. What the standings do after their last word (law 7) is no longer shown, but goes on. */
function keep<X extends Term>(
  standing$: Observable<Leadership<X>>,
  watch: { next(value: Leadership<X>): void; error(error: unknown): void },
): Observable<Leadership<X>> {
  const kept$ = new ReplaySubject<Leadership<X>>(1);
  const next = (value: Leadership<X>) => {
    watch.next(value);
    kept$.next(value);
  };
  const error = (failure: unknown) => {
    watch.error(failure);
    kept$.error(failure);
  };
  standing$.subscribe(upheld({ next, error, complete: () => kept$.complete() }));
  return kept$;
}

/** A leadership that is over, although the news is still on its way. Nobody gets to see it. */
function inDoubt(value: Leadership): boolean {
  return value.role === 'leader' && (isOver(value) || !value.isValid());
}

/** What a log can say of it. */
function words(value: Leadership): object {
  return value.role === 'leader' ? { role: value.role, token: value.token } : value;
}

function doubt(wish: Wish): Leadership<never> {
  return candidate(wish === 'stand' ? 'suspended' : 'resigning');
}
