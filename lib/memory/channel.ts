import { concat, defer, finalize, from, ignoreElements, merge, NEVER, of, Subject, tap } from 'rxjs';
import type { Channel } from '../election/channel.js';

/** A channel inside one process: nothing is ever late or lost. */
export function openChannel(): Channel {
  const latest = new Map<string, unknown>();
  const posted$ = new Subject<unknown>();
  const post = (id: string, message: unknown) => {
    latest.set(id, message);
    posted$.next(message);
  };
  return {
    publish: (id, message$, farewell) =>
      message$.pipe(
        tap((message) => post(id, message)),
        finalize(() => {
          post(id, farewell());
          latest.delete(id);
        }),
        ignoreElements(),
      ),
    heard$: defer(() => merge(posted$, from([...latest.values()]))),
    hearing$: concat(of(true), NEVER),
  };
}
