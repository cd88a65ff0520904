/** A channel on Redis: the last word of each member in a hash, and every word by pub/sub. */
import {
  catchError,
  combineLatest,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  filter,
  finalize,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  of,
  takeUntil,
  throwError,
} from 'rxjs';
import type { Channel } from '../election/channel.js';
import { ClosedError, isRetriable } from '../errors.js';
import { keysOf } from './keys.js';
import type { Resolved } from './options.js';
import { scripts } from './scripts.js';
import type { Wire } from './wire.js';

/** How long the last word of one who fell silent is told to newcomers, in ms. */
const KEEP_MS = 60_000;

/** What time can cure is cured by the next word, and what was closed has nothing more to say. */
const orLater = (error: unknown) =>
  isRetriable(error) || error instanceof ClosedError ? EMPTY : throwError(() => error);

export function openChannel(wire: Wire, { prefix }: Resolved, name: string): Channel {
  const keys = keysOf(prefix, `channel/${name}`);
  const post = (id: string, word: string, farewell = '') =>
    wire.run(scripts.post, keys, id, String(KEEP_MS), word, farewell).pipe(catchError(orLater));
  const leave = (id: string, farewell: unknown) =>
    post(id, '', JSON.stringify(farewell))
      .pipe(catchError(() => EMPTY))
      .subscribe();
  const posts$ = wire.run(scripts.posts, keys, '').pipe(
    mergeMap((words) => words),
    catchError(orLater),
  );
  return {
    publish: (id, message$, farewell) =>
      message$.pipe(
        exhaustMap((message) => post(id, JSON.stringify(message))),
        takeUntil(wire.closed$),
        finalize(() => leave(id, farewell())),
        ignoreElements(),
      ),
    // An empty text: we have begun to listen, and may have missed something.
    heard$: wire.news(keys.channel).pipe(
      mergeMap((word): Observable<string> => (word === '' ? posts$ : of(word))),
      map(parsed),
      filter((word) => word !== undefined),
      takeUntil(wire.closed$),
    ),
    // The words come on the second connection, and what was missed is asked for on the first.
    hearing$: combineLatest([wire.connection$, wire.listens$]).pipe(
      map(([connection, listens]) => connection === 'connected' && listens),
      distinctUntilChanged(),
    ),
  };
}

function parsed(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return undefined;
  }
}
