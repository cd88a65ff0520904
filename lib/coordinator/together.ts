/**
 * Writes that are asked for at the same time, as one request: a node that gets fifty roles claims them in one
 * transaction, and one that gives them away says so in one.
 *
 * Each write keeps its own conditions, so that nothing commits together that would not have committed alone. If one of
 * them is refused nothing was written; then each of the others is sent alone.
 */
import { Observable, type Subscriber } from 'rxjs';
import type { StoreOp, StoreResult, StoreSession } from '../election/store.js';
import { AccessDeniedError, StoreError } from '../errors.js';
import type { Clock } from '../options.js';

/** How many writes go into one request: far below the size that the store refuses. */
const MOST = 100;

interface Asked {
  readonly ops: readonly StoreOp[];
  readonly subscriber: Subscriber<readonly StoreResult[]>;
}

const waiting = new WeakMap<StoreSession, Set<Asked>>();

/** As `session.multi`, with whatever else is asked for before the next timer runs. Withdrawn if nobody listens by then. */
export function together(
  session: StoreSession,
  { scheduler }: Pick<Clock, 'scheduler'>,
  ops: readonly StoreOp[],
): Observable<readonly StoreResult[]> {
  return new Observable((subscriber) => {
    const queue = waiting.get(session) ?? new Set();
    waiting.set(session, queue);
    if (queue.size === 0) scheduler.schedule(() => sendAll(session, queue));
    const asked: Asked = { ops, subscriber };
    queue.add(asked);
    return () => queue.delete(asked);
  });
}

function sendAll(session: StoreSession, queue: Set<Asked>): void {
  const all = [...queue];
  queue.clear();
  for (let at = 0; at < all.length; at += MOST) send(session, all.slice(at, at + MOST));
}

function send(session: StoreSession, asked: readonly Asked[]): void {
  session.multi(asked.flatMap(({ ops }) => ops)).subscribe({
    next: (results) => {
      let at = 0;
      for (const { ops, subscriber } of asked) {
        subscriber.next(results.slice(at, at + ops.length));
        subscriber.complete();
        at += ops.length;
      }
    },
    error: (error) => {
      if (asked.length === 1 || !isRefusal(error)) for (const { subscriber } of asked) subscriber.error(error);
      else for (const one of asked) if (!one.subscriber.closed) send(session, [one]);
    },
  });
}

/** The store has answered: to one of the writes no, and so to none of them yes. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AccessDeniedError || (error instanceof StoreError && error.index !== undefined);
