/**
 * Work that runs exactly as long as leadership lasts.
 *
 * The one thing a reader would get wrong: the end of a leadership has two messengers, the next value and the abort of
 * the term's signal, and on resignation the abort comes first. Whichever comes first ends the work.
 */
import {
  concatMap,
  connect,
  distinctUntilChanged,
  EMPTY,
  endWith,
  filter,
  ignoreElements,
  merge,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  ReplaySubject,
  throwError,
} from 'rxjs';
import { type Clock, checkDuration, systemClock } from '../options.js';
import type { Leadership, Term } from './leadership.js';
import { perform, type Work, type WorkOptions } from './work.js';

export interface WhileLeaderOptions {
  /**
   * How long the work of the next leadership waits for that of the one before, in ms from its end. Past it the old work
   * is given up (`succession:work:abandoned` on diagnostics_channel) and the two may overlap. @default 10000
   */
  readonly drainTimeoutMs?: number;
  /** @default the machine's clocks */
  readonly clock?: Clock;
}

/**
 * Runs `work` whenever leading, and emits what it emits.
 *
 * It starts on a leadership that is valid at that very moment. When that leadership ends, an observable is
 * unsubscribed; a promise or an async iterable is told by `term.signal` and waited for: the work of this participant's
 * next leadership starts after it. Every start has one end, whatever happens. Work that completes leaves the
 * participant leader. An error of the work is the result's error, unless it only says that it was aborted.
 * Unsubscribing stops the work as well. The result completes after the source, when the last work has ended. Throws
 * InvalidOptionError.
 */
export function whileLeader<R, X extends Term = Term>(
  work: (term: X) => ObservableInput<R> | void,
  options: WhileLeaderOptions = {},
): OperatorFunction<Leadership<X>, R> {
  const { clock = systemClock } = options;
  const drainTimeoutMs = checkDuration('drainTimeoutMs', options.drainTimeoutMs ?? 10_000);
  return workWhileLeading(work, { drainTimeoutMs, clock, failed: (error) => throwError(() => error) });
}

/** The same, with a say in what becomes of errors: the form that `Candidacy.lead` builds on. */
export function workWhileLeading<R, X extends Term = Term>(
  work: Work<R, X>,
  options: WorkOptions,
): OperatorFunction<Leadership<X>, R> {
  return (leadership$) =>
    leadership$.pipe(
      distinctUntilChanged(),
      // Replayed, so that a leadership whose turn comes late sees at once that it is over.
      connect((value$) => value$.pipe(concatMap((value) => during(value, value$, work, options))), {
        connector: () => new ReplaySubject(1),
      }),
    );
}

function during<R, X extends Term>(
  value: Leadership<X>,
  value$: Observable<Leadership<X>>,
  work: Work<R, X>,
  options: WorkOptions,
): Observable<R> {
  if (value.role !== 'leader') return EMPTY;
  const next$ = value$.pipe(filter((later) => later !== value));
  const end$ = value$.pipe(ignoreElements(), endWith(undefined));
  return perform(value, merge(next$, end$), work, options);
}
