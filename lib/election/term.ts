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

/** What lies behind a term. Its signal is made for whoever asks: making and aborting one is a tenth of a hand-over. */
interface Ending {
  over: boolean;
  controller?: AbortController;
  /** How much work runs under it: what must end before the place is released (law 6). */
  count: Count;
}

type Count = BehaviorSubject<number>;

/** `candidacy.ts` sees the value alone, and must abort before it lets go. */
const endings = new WeakMap<Term, Ending>();

/** Where work under this signal is counted. */
const counts = new WeakMap<AbortSignal, Count>();

/** Why work is told to stop: one for all, since making one (with its stack) costs as much as the signal. */
const OVER = new DOMException('The leadership is over, or in doubt', 'AbortError');

/** Opens a term. `holds` asks the lease at each call; `extras` are what the backend adds, such as `transaction()`. */
export function openTerm<X extends Term = Term>(
  token: bigint,
  holds: () => boolean,
  extras: Omit<X, keyof Term> = {} as Omit<X, keyof Term>,
): OpenTerm<X> {
  const ending: Ending = { over: false, count: new BehaviorSubject(0) };
  let closed = false;
  const leading = Object.freeze({
    role: 'leader',
    token,
    get signal() {
      return signalOf(ending);
    },
    isValid: () => !closed && holds(),
    ...extras,
  }) as unknown as Leading<X>;
  endings.set(leading, ending);
  return {
    leading,
    abort: () => end(ending),
    close: () => {
      closed = true;
      end(ending);
    },
  };
}

function signalOf(ending: Ending): AbortSignal {
  if (ending.controller) return ending.controller.signal;
  ending.controller = new AbortController();
  counts.set(ending.controller.signal, ending.count);
  if (ending.over) ending.controller.abort(OVER);
  return ending.controller.signal;
}

function end(ending: Ending): void {
  ending.over = true;
  ending.controller?.abort(OVER);
}

/** Tells the work under this term to stop, as `OpenTerm.abort` does. Idempotent; does nothing to a term not opened here. */
export function abortTerm(term: Term): void {
  const ending = endings.get(term);
  if (ending) end(ending);
}

/** True once its work has been told to stop. */
export function isOver(term: Term): boolean {
  return endings.get(term)?.over ?? term.signal.aborted;
}

/** A signal for one piece of work under a term, and what aborts it: the work is counted with the term's own. */
export function pieceOf(signal: AbortSignal): { readonly signal: AbortSignal; abort(): void } {
  const piece = new AbortController();
  const count = counts.get(signal);
  if (count) counts.set(piece.signal, count);
  return { signal: piece.signal, abort: () => piece.abort(OVER) };
}

/** From now on work is counted for both: what a participant still does for an earlier leadership drains with the next. */
export function countTogether(term: Term, earlier: Term): void {
  const [ending, before] = [endings.get(term), endings.get(earlier)];
  if (!ending || !before) return;
  ending.count = before.count;
  if (ending.controller) counts.set(ending.controller.signal, ending.count);
}

/** Counts a piece of work in; call what it returns when the work has ended. Only the first call counts. */
export function workBegins(signal: AbortSignal): () => void {
  const count = counts.get(signal);
  let ended = count === undefined;
  count?.next(count.value + 1);
  return () => {
    if (!ended) count?.next(count.value - 1);
    ended = true;
  };
}

/** True if no work runs under the term. */
export function isIdle(term: Term): boolean {
  return (endings.get(term)?.count.value ?? 0) === 0;
}

/** Emits once and completes when no work runs under the term any more, or after `timeoutMs`; says which. */
export function drained(term: Term, timeoutMs: number, scheduler: SchedulerLike): Observable<'drained' | 'timeout'> {
  const count$ = defer(() => endings.get(term)?.count ?? of(0));
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
