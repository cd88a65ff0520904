/** A leader that cannot do its work passes leadership on, without ping-pong. */
import {
  catchError,
  combineLatest,
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  exhaustMap,
  ignoreElements,
  map,
  type Observable,
  of,
  switchMap,
  take,
  takeUntil,
  timeout,
  timer,
} from 'rxjs';
import type { Candidacy, Election, Leader, Participant } from '../election/election.js';
import { type Clock, checkDuration, systemClock } from '../options.js';
import type { Status } from './heartbeat.js';
import { weightOf } from './prefer.js';
import type { Member } from './roster.js';

export interface YieldOptions {
  /** How we are: `beat(…).pipe(map(({ status }) => status))`. */
  readonly status$: Observable<Status>;
  /**
   * How the others are, from a monitor: then leadership is passed only to one who stands, is alive and not critical, the
   * fittest first; and kept while there is none. @default passed to the next in line, if there is one
   */
  readonly members$?: Observable<readonly Member[]>;
  /** For how long we must have been critical without a break, in ms. @default 5000 */
  readonly criticalMs?: number;
  /** For how long after passing leadership we do not pass it again, in ms: a group that is critical as a whole keeps a leader. @default 60000 */
  readonly holdOffMs?: number;
  /** How long the hand-over may take before it is reported as failed, in ms. @default 30000 */
  readonly timeoutMs?: number;
  /** @default the machine's clocks */
  readonly clock?: Clock;
}

/** One attempt to pass leadership on. */
export type Yielded =
  | { readonly outcome: 'passed'; readonly to: Leader }
  /** Nobody better stands; looked for again after `criticalMs`. */
  | { readonly outcome: 'kept' }
  /** The backend refused, or it took too long: the hand-over may still go on. */
  | { readonly outcome: 'failed'; readonly error: unknown };

/**
 * Passes leadership on while we lead and have been critical for `criticalMs`; we then stand at the back of the line. The
 * work drains first, as at any step-down. Cold: nothing is passed unless somebody is subscribed. Completes with the
 * candidacy. Throws InvalidOptionError.
 */
export function yieldWhen(election: Election, candidacy: Candidacy, options: YieldOptions): Observable<Yielded> {
  const criticalMs = checkDuration('criticalMs', options.criticalMs ?? 5_000, 1);
  const holdOffMs = checkDuration('holdOffMs', options.holdOffMs ?? 60_000);
  const timeoutMs = checkDuration('timeoutMs', options.timeoutMs ?? 30_000, 1);
  const { clock = systemClock, status$ } = options;
  const { id, leadership$ } = candidacy;
  const pass = (to: string | undefined): Observable<Yielded> =>
    defer(() => election.stepDown({ expectLeader: id, to, reason: 'critical', by: id, timeoutMs })).pipe(
      map(({ after }): Yielded => ({ outcome: 'passed', to: after })),
      catchError((error: unknown) => of<Yielded>({ outcome: 'failed', error })),
    );
  const heldOff$ = timer(holdOffMs, clock.scheduler).pipe(ignoreElements());
  const heir$ = heirOf(id, election, options.members$).pipe(
    timeout({ first: criticalMs, scheduler: clock.scheduler, with: () => of(undefined) }),
  );
  const attempt$ = heir$.pipe(switchMap((heir) => (heir ? concat(pass(heir.to), heldOff$) : of(kept))));
  const leads$ = leadership$.pipe(map(({ role }) => role === 'leader'));
  return whileCritical(status$, leads$, criticalMs, clock).pipe(
    // What comes due during an attempt, or while held off, is passed over.
    exhaustMap(() => attempt$),
    takeUntil(leads$.pipe(ignoreElements(), endWith(undefined))),
  );
}

const kept: Yielded = { outcome: 'kept' };

/** Emits after each `criticalMs` for which we led and were critical. Once nobody tells how we are, we are not. */
export function whileCritical(
  status$: Observable<Status>,
  leads$: Observable<boolean>,
  criticalMs: number,
  { scheduler }: Clock,
): Observable<unknown> {
  return combineLatest([leads$, status$.pipe(endWith<Status>('healthy'))]).pipe(
    map(([leads, status]) => leads && status === 'critical'),
    distinctUntilChanged(),
    switchMap((unfit) => (unfit ? timer(criticalMs, criticalMs, scheduler) : EMPTY)),
  );
}

/** Whom leadership may go to: without `to`, to whoever is next in line; `undefined` if to nobody. Emits once. */
function heirOf(
  id: string,
  { participants$ }: Election,
  members$: YieldOptions['members$'],
): Observable<{ readonly to?: string } | undefined> {
  const others$ = participants$.pipe(map((line) => line.filter((one) => one.id !== id && !one.foreign)));
  if (!members$)
    return others$.pipe(
      take(1),
      map((others) => (others.length > 0 ? {} : undefined)),
    );
  return combineLatest([others$, members$]).pipe(
    take(1),
    map(([others, members]) => fittest(others, members)),
  );
}

/** Of equals the first in line. */
function fittest(others: readonly Participant[], members: readonly Member[]): { to: string } | undefined {
  const weight = ({ id }: Participant) => members.filter((one) => one.id === id).map(weightOf)[0] ?? 0;
  const fit = others.filter((one) => weight(one) > CRITICAL);
  const best = Math.max(...fit.map(weight));
  const heir = fit.find((one) => weight(one) === best);
  return heir && { to: heir.id };
}

/** `weightOf` a critical member. */
const CRITICAL = 1;
