import {
  BehaviorSubject,
  defer,
  filter,
  map,
  merge,
  type Observable,
  of,
  type SchedulerLike,
  take,
  takeUntil,
  timer,
} from 'rxjs';
import type { Leading, Term } from './leadership.js';

/** A leadership in the hands of the backend that granted it. */
export interface OpenTerm<X extends Term = Term> {
  /** The value to emit. */
  readonly leading: Leading<X>;
  /** Tells the work to stop. The place is still held: `isValid()` goes on asking the lease. Idempotent. */
  abort(): void;
  /** Nothing is held any more: aborts, and `isValid()` is false from now on. Idempotent. */
  close(): void;
}

/** How much work runs under a term, by its signal: what must end before the place is released (law 6). */
const running = new WeakMap<AbortSignal, BehaviorSubject<number>>();

/** What aborts a term, by its signal: `candidacy.ts` sees the value alone, and must abort before it lets go. */
const endings = new WeakMap<AbortSignal, AbortController>();

/** Why work is told to stop: one for all, since making one (with its stack) would be a tenth of a hand-over. */
const OVER = new DOMException('The leadership is over, or in doubt', 'AbortError');

/** Opens a term. `holds` asks the lease at each call; `extras` are what the backend adds, such as `transaction()`. */
export function openTerm<X extends Term = Term>(
  token: bigint,
  holds: () => boolean,
  extras: Omit<X, keyof Term> = {} as Omit<X, keyof Term>,
): OpenTerm<X> {
  const ending = new AbortController();
  let closed = false;
  running.set(ending.signal, new BehaviorSubject(0));
  endings.set(ending.signal, ending);
  const term: Term = { token, signal: ending.signal, isValid: () => !closed && holds() };
  return {
    leading: Object.freeze({ role: 'leader', ...term, ...extras }) as unknown as Leading<X>,
    abort: () => ending.abort(OVER),
    close: () => {
      closed = true;
      ending.abort(OVER);
    },
  };
}

/** Tells the work under this signal to stop, as `OpenTerm.abort` does. Idempotent; does nothing to a foreign signal. */
export function abortTerm(signal: AbortSignal): void {
  endings.get(signal)?.abort(OVER);
}

/** A signal for one piece of work under a term, and what aborts it: the work is counted with the term's own. */
export function pieceOf(signal: AbortSignal): { readonly signal: AbortSignal; abort(): void } {
  const piece = new AbortController();
  const count = running.get(signal);
  if (count) running.set(piece.signal, count);
  return { signal: piece.signal, abort: () => piece.abort(OVER) };
}

/** From now on work is counted for both: what a participant still does for an earlier leadership drains with the next. */
export function countTogether(signal: AbortSignal, earlier: AbortSignal): void {
  const count = running.get(earlier);
  if (count) running.set(signal, count);
}

/** Counts a piece of work in; call what it returns when the work has ended. Only the first call counts. */
export function workBegins(signal: AbortSignal): () => void {
  const count = running.get(signal);
  let ended = count === undefined;
  count?.next(count.value + 1);
  return () => {
    if (!ended) count?.next(count.value - 1);
    ended = true;
  };
}

/** True if no work runs under the term. */
export function isIdle(signal: AbortSignal): boolean {
  return (running.get(signal)?.value ?? 0) === 0;
}

/** Emits once and completes when no work runs under the term any more, or after `timeoutMs`; says which. */
export function drained(
  signal: AbortSignal,
  timeoutMs: number,
  scheduler: SchedulerLike,
): Observable<'drained' | 'timeout'> {
  const count$ = defer(() => running.get(signal) ?? of(0));
  const empty$ = count$.pipe(
    filter((n) => n === 0),
    take(1),
    map(() => 'drained' as const),
  );
  return merge(
    empty$,
    timer(timeoutMs, scheduler).pipe(
      map(() => 'timeout' as const),
      takeUntil(empty$),
    ),
  ).pipe(take(1));
}
