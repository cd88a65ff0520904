/** One connection for everything that uses a backend: opened at the first use, kept until `close()`. */
import {
  BehaviorSubject,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  Observable,
  of,
  ReplaySubject,
  share,
  switchMap,
  throwError,
} from 'rxjs';
import type { Connection, ElectionStatistics } from '../election/election.js';
import { ClosedError } from '../errors.js';
import { type OpenClient, openClient } from './client.js';
import type { Resolved } from './options.js';
import { type Session, sessions } from './session.js';
import { newTally } from './tally.js';

export interface Wire {
  /** Replays the current session, `undefined` between sessions. Errors with ClosedError when subscribed after the end. */
  readonly session$: Observable<Session | undefined>;
  readonly connection$: Observable<Connection>;
  isClosed(): boolean;
  /** Of all its sessions. */
  statistics(): Partial<ElectionStatistics>;
  /** Ends the session at the server, bounded. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** `open`: another way to ZooKeeper, such as a simulated one. */
export function connectOnce(options: Resolved, open: OpenClient = openClient): Wire {
  const closed$ = new BehaviorSubject(false);
  const tally = newTally(options.clock);
  const closings = new Set<Promise<void>>();
  const closing = (end: Promise<void>) => {
    closings.add(end);
    void end.finally(() => closings.delete(end));
  };
  const untilClosed$ = new Observable<Session | undefined>((subscriber) => {
    subscriber.add(closed$.subscribe((closed) => closed && subscriber.complete()));
    sessions(options, closing, tally, open).subscribe(subscriber);
  });
  const kept$ = untilClosed$.pipe(
    share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: false, resetOnComplete: false }),
  );
  const session$ = defer(() => (closed$.value ? throwError(() => new ClosedError()) : kept$));
  const connection$ = defer(() =>
    (closed$.value ? EMPTY : kept$).pipe(
      switchMap((session): Observable<Connection> => session?.connection$ ?? of('connecting')),
      endWith<Connection>('closed'),
      distinctUntilChanged(),
    ),
  );
  return {
    session$,
    connection$,
    isClosed: () => closed$.value,
    statistics: tally.statistics,
    close: async () => {
      closed$.next(true);
      await Promise.all(closings);
    },
  };
}
