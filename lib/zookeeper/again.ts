import { type Observable, timer } from 'rxjs';
import { ConnectionLostError, isRetriable } from '../errors.js';
import { backOff } from './client.js';
import { rethrow } from './enlist.js';
import type { Resolved } from './options.js';
import type { Session } from './session.js';

/** When to try again: with the next connection, or a little later. What time cannot cure is thrown. */
export function again(session: Session, options: Resolved): (error: unknown) => Observable<unknown> {
  return (error) => {
    if (error instanceof ConnectionLostError) return session.connected$;
    return isRetriable(error) ? timer(backOff(2, options), options.clock.scheduler) : rethrow(error);
  };
}
