import {
  catchError,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  fromEvent,
  ignoreElements,
  map,
  merge,
  Observable,
  type ObservableInput,
  of,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { Clock } from '../options.js';
import { publish } from './diagnostics.js';
import type { Leading, Term } from './leadership.js';
import { pieceOf, workBegins } from './term.js';

/** What to do under a leadership. Returning nothing is fine; so is ending early: the leadership goes on. */
export type Work<R, X extends Term = Term> = (term: X) => ObservableInput<R> | void;

export interface WorkOptions {
  /** How long asynchronous work may take to end after its signal aborted, in ms, before it is given up. */
  readonly drainTimeoutMs: number;
  readonly clock: Clock;
  /** What becomes of an error of the work: an observable to go on with. */
  readonly failed: (error: unknown, term: Term) => Observable<never>;
}

/**
 * One piece of work: begins on subscription, is told to stop when `over$` emits, the term's signal aborts or the
 * subscription ends, and completes when both the leadership and the work have ended.
 *
 * The work gets a signal of its own, since it must stop too when only its subscription ends.
 */
export function perform<R, X extends Term>(
  leading: Leading<X>,
  over$: Observable<unknown>,
  work: Work<R, X>,
  options: WorkOptions,
): Observable<R> {
  return new Observable((subscriber) => {
    const piece = pieceOf(leading.signal);
    subscriber.add(() => piece.abort());
    subscriber.add(
      merge(over$, aborted(leading.signal))
        .pipe(take(1))
        .subscribe(() => piece.abort()),
    );
    const over = aborted(piece.signal);
    if (piece.signal.aborted || !leading.isValid()) return subscriber.complete();
    const result$ = begin(work, { ...leading, signal: piece.signal }, over, options);
    merge(result$, over.pipe(ignoreElements())).subscribe(subscriber);
  });
}

/** Emits once, when the signal aborts or at once if it has. */
function aborted(signal: AbortSignal): Observable<void> {
  return defer(() =>
    signal.aborted
      ? of(undefined)
      : fromEvent(signal, 'abort').pipe(
          take(1),
          map(() => undefined),
        ),
  );
}

/** Starts the work, counts it in, and bounds it. What it still says once it is over is nobody's business. */
function begin<R, X extends Term>(
  work: Work<R, X>,
  term: X,
  over$: Observable<void>,
  options: WorkOptions,
): Observable<R> {
  const givenUp$ = over$.pipe(
    switchMap(() => timer(options.drainTimeoutMs, options.clock.scheduler)),
    tap(() => publish('succession:work:abandoned', { token: term.token, afterMs: options.drainTimeoutMs })),
  );
  return counted(work, term, over$).pipe(
    filter(() => !term.signal.aborted),
    catchError((error: unknown) => (isAbort(error, term.signal) ? EMPTY : throwError(() => error))),
    catchError((error: unknown) => options.failed(error, term)),
    takeUntil(givenUp$),
  );
}

/** The work, from its call to its end, in the form it chose: an observable is unsubscribed, a promise is waited for. */
function counted<R, X extends Term>(work: Work<R, X>, term: X, over$: Observable<void>): Observable<R> {
  return defer(() => {
    const ended = workBegins(term.signal);
    try {
      const input = work(term) ?? EMPTY;
      if (isThenable<R>(input)) return from(settled(input, ended));
      if (isAsyncIterable<R>(input)) return drawn(input, term.signal, ended);
      return from(input as ObservableInput<R>).pipe(takeUntil(over$), finalize(ended));
    } catch (error) {
      ended();
      throw error;
    }
  });
}

/** Says when a promise has settled, also if nobody waits for it any more. */
async function settled<R>(promise: PromiseLike<R>, ended: () => void): Promise<R> {
  try {
    return await promise;
  } finally {
    ended();
  }
}

/** Draws from an async iterable until the signal aborts, and then lets it clean up: its `return` is waited for. */
function drawn<R>(items: AsyncIterable<R>, signal: AbortSignal, ended: () => void): Observable<R> {
  return new Observable((subscriber) => {
    const draw = async () => {
      for await (const item of items) {
        if (signal.aborted) break;
        subscriber.next(item);
      }
    };
    settled(draw(), ended).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
  });
}

/** Work that is told to stop may say so by throwing: that is no failure. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}

function isThenable<R>(input: object): input is PromiseLike<R> {
  return 'then' in input && typeof input.then === 'function';
}

function isAsyncIterable<R>(input: object): input is AsyncIterable<R> {
  return Symbol.asyncIterator in input;
}
