import { type MonoTypeOperatorFunction, retry, throwError, timer } from 'rxjs';
import type { StoreSession } from '../election/store.js';
import { ConnectionLostError, isRetriable } from '../errors.js';
import type { Clock } from '../options.js';

/** How long to leave a server alone that is too busy, in ms. */
const BUSY_MS = 250;

/**
 * Once more with the next connection, or a little later if the server is busy. Completes if the session has no next
 * connection; what time cannot cure is thrown.
 */
export function again<T>({ connected$ }: StoreSession, { scheduler }: Clock): MonoTypeOperatorFunction<T> {
  const delay = (error: unknown) => {
    if (error instanceof ConnectionLostError) return connected$;
    return isRetriable(error) ? timer(BUSY_MS, scheduler) : throwError(() => error);
  };
  return retry<T>({ delay });
}
