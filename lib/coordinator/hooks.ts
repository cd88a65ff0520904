/** Calling what the user wrote: it may return anything, take any time, or throw. */
import {
  type BehaviorSubject,
  defer,
  EMPTY,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  type ObservableInput,
  ReplaySubject,
  share,
  take,
  timer,
} from 'rxjs';
import { DeadlineError } from '../errors.js';
import type { ResolvedRoleOptions } from './handler.js';

export interface Running {
  /** How many promises of the user's have not settled. */
  readonly running$: BehaviorSubject<number>;
}

/** The user's hook. A promise cannot be unsubscribed: it counts until it has settled. */
export function counted<T>({ running$ }: Running, hook: () => ObservableInput<T> | void): Observable<T> {
  return defer(() => {
    const input = hook() ?? EMPTY;
    if (!('then' in input)) return from(input);
    running$.next(running$.value + 1);
    return from(Promise.resolve(input).finally(() => running$.next(running$.value - 1)));
  });
}

/** The user's hook for its effects alone. */
export const quiet = (running: Running, hook: () => ObservableInput<unknown> | void): Observable<never> =>
  counted(running, hook).pipe(ignoreElements());

/** Errors after so long. */
export function deadline(what: string, afterMs: number, { clock }: ResolvedRoleOptions): Observable<never> {
  return timer(afterMs, clock.scheduler).pipe(
    map(() => {
      throw new DeadlineError(what, afterMs);
    }),
  );
}

/** Emits once: whether it happened within the time of an unload, unless it says no itself. */
export function inTime(
  happened$: Observable<unknown>,
  { unloadTimeoutMs, clock }: ResolvedRoleOptions,
): Observable<boolean> {
  const late$ = timer(unloadTimeoutMs, clock.scheduler).pipe(map(() => false));
  return merge(happened$.pipe(map((said) => said !== false)), late$).pipe(take(1));
}

/** Is done once, whoever goes on listening, and to its end, even if nobody does. */
export const once = <T>(source$: Observable<T>): Observable<T> =>
  source$.pipe(
    share({
      connector: () => new ReplaySubject(),
      resetOnComplete: false,
      resetOnError: false,
      resetOnRefCountZero: false,
    }),
  );
