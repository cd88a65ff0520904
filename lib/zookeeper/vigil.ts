/**
 * Signs of life: asks for one when we have been idle, and drops a connection that owes an answer for too long.
 *
 * Any answer is a sign of life. So the question can be one whose answer somebody wants; if nobody does, it is an ACL,
 * which is always small.
 */
import { catchError, EMPTY, filter, ignoreElements, interval, mergeMap, Observable, share, tap } from 'rxjs';
import type { Clock } from '../options.js';
import type { Client } from './client.js';
import type { Timings } from './options.js';
import type { Requests, Znode } from './requests.js';

export interface Vigil {
  /** Keeps watch while subscribed. */
  readonly kept$: Observable<never>;
  readonly glance: (path: string) => Observable<Znode>;
}

export function vigil(client: Client, { acl, get }: Requests, timings: Timings, { scheduler }: Clock): Vigil {
  const { heartbeatMs, silenceMs } = timings;
  const wishes = turns();
  const ask = (path: string | undefined) => (path === undefined ? acl('/').pipe(ignoreElements()) : get(path));
  const signs$ = interval(Math.max(1, Math.min(heartbeatMs, silenceMs) / 2), scheduler).pipe(
    filter(() => client.state.kind === 'connected'),
    tap(() => client.redial(silenceMs)),
    filter(() => client.idleFor() >= heartbeatMs),
    mergeMap(() => ask(wishes.next()).pipe(catchError(() => EMPTY))),
    share(),
  );
  const glance = (path: string) =>
    new Observable<Znode>((subscriber) => {
      subscriber.add(wishes.add(path));
      subscriber.add(signs$.pipe(filter((znode) => znode.path === path)).subscribe(subscriber));
    });
  return { glance, kept$: signs$.pipe(ignoreElements()) };
}

/** Whose turn it is: each path that somebody wants, one after another. */
function turns() {
  const wanted = new Map<string, number>();
  const want = (path: string, count: number) => (count > 0 ? wanted.set(path, count) : wanted.delete(path));
  return {
    /** Returns what takes the wish back. */
    add(path: string): () => void {
      want(path, (wanted.get(path) ?? 0) + 1);
      return () => want(path, wanted.get(path)! - 1);
    },
    /** Who has had its turn goes to the back. */
    next(): string | undefined {
      for (const [path, count] of wanted) {
        wanted.delete(path);
        wanted.set(path, count);
        return path;
      }
      return undefined;
    },
  };
}
