/** Two tasks of one participant: one while it leads, one while it follows, never both. */
import {
  concatMap,
  connect,
  distinctUntilChanged,
  EMPTY,
  endWith,
  filter,
  ignoreElements,
  map,
  merge,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  ReplaySubject,
  throwError,
} from 'rxjs';
import type { Leadership, Leading, Term } from '../election/leadership.js';
import { openTerm } from '../election/term.js';
import { perform, type WorkOptions } from '../election/work.js';
import { checkDuration, systemClock } from '../options.js';

export interface Tasks<R, X extends Term = Term> {
  whileLeading?(term: X): ObservableInput<R> | void;
  whileFollowing?(signal: AbortSignal): ObservableInput<R> | void;
}

/** Leading (the value), following, or neither. */
type Verdict<X extends Term> = Leading<X> | 'following' | 'none';

/**
 * Runs one of the two as long as a verdict stands, and emits what it emits. Without a verdict neither runs. When the
 * verdict changes the task is told to stop: an observable is unsubscribed, a promise or an async iterable is told by its
 * signal and waited for, `drainTimeoutMs` at most (past it the two may overlap, which diagnostics_channel tells); only
 * then the other begins. An error of a task is the result's error. Unsubscribing stops the task. Throws
 * InvalidOptionError.
 */
export function leadOrFollow<R, X extends Term = Term>(
  tasks: Tasks<R, X>,
  given: Partial<Pick<WorkOptions, 'drainTimeoutMs' | 'clock'>> = {},
): OperatorFunction<Leadership<X>, R> {
  const { clock = systemClock } = given;
  const drainTimeoutMs = checkDuration('drainTimeoutMs', given.drainTimeoutMs ?? 10_000);
  const options: WorkOptions = { drainTimeoutMs, clock, failed: (error) => throwError(() => error) };
  return (leadership$) =>
    leadership$.pipe(
      map(verdictOf),
      distinctUntilChanged(),
      // Replayed, so that a verdict whose turn comes late sees at once that it is over.
      connect((value$) => value$.pipe(concatMap((value) => during(value, value$, tasks, options))), {
        connector: () => new ReplaySubject(1),
      }),
    );
}

function during<R, X extends Term>(
  value: Verdict<X>,
  value$: Observable<Verdict<X>>,
  { whileLeading, whileFollowing }: Tasks<R, X>,
  options: WorkOptions,
): Observable<R> {
  if (value === 'none') return EMPTY;
  const over$ = merge(value$.pipe(filter((later) => later !== value)), value$.pipe(ignoreElements(), endWith(0)));
  if (value !== 'following') return perform(value, over$, (term) => whileLeading?.(term), options);
  const { leading } = openTerm(0n, () => true);
  return perform(leading, over$, ({ signal }) => whileFollowing?.(signal), options);
}

function verdictOf<X extends Term>(value: Leadership<X>): Verdict<X> {
  if (value.role === 'leader') return value as Leading<X>;
  return value.role === 'follower' ? 'following' : 'none';
}
