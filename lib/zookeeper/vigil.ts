/**
 * Signs of life: asks for one when we have been idle, and drops a connection that owes an answer for too long.
 *
 * Any answer is a sign of life. So the question can be one whose answer somebody wants; if nobody does, it is an ACL,
 * which is always small.
 */
import { EMPTY, interval, Observable, type Subscriber, tap } from 'rxjs';
import type { Clock } from '../options.js';
import type { Client } from './client.js';
import type { Timings } from './options.js';
import type { Requests, Znode } from './requests.js';

export interface Vigil {
  /** Keeps watch while subscribed. */
  readonly kept$: Observable<never>;
  readonly glance: (path: string) => Observable<Znode>;
}

export function vigil(
  client: Client,
  { acl, get }: Pick<Requests, 'acl' | 'get'>,
  timings: Timings,
  { scheduler }: Clock,
): Vigil {
  const { heartbeatMs, silenceMs } = timings;
  const wishes = turns<Subscriber<Znode>>();
  const ask = (path: string | undefined): Observable<unknown> =>
    path === undefined ? acl('/') : get(path).pipe(tap(told));
  const told = (znode: Znode) => {
    for (const subscriber of wishes.of(znode.path)) subscriber.next(znode);
  };
  const beat = (): Observable<unknown> => {
    if (client.state.kind !== 'connected') return EMPTY;
    client.redial(silenceMs);
    return client.idleFor() < heartbeatMs ? EMPTY : ask(wishes.next());
  };
  const beats$ = interval(Math.max(1, Math.min(heartbeatMs, silenceMs) / 2), scheduler);
  // A failed one is told by the connection's state.
  const kept$ = new Observable<never>((subscriber) =>
    beats$.subscribe(() => subscriber.add(beat().subscribe({ error: () => undefined }))),
  );
  return { kept$, glance: (path) => new Observable((subscriber) => wishes.add(path, subscriber)) };
}

/** Whose turn it is: each path that somebody wants to hear of, one after another. */
function turns<Who>() {
  const wanted = new Map<string, Set<Who>>();
  return {
    /** As they are now: whoever is told may leave, or wish again. */
    of: (path: string): readonly Who[] => [...(wanted.get(path) ?? [])],
    /** Returns what takes the wish back. */
    add(path: string, who: Who): () => void {
      const all = wanted.get(path) ?? new Set();
      wanted.set(path, all.add(who));
      return () => {
        all.delete(who);
        if (all.size === 0) wanted.delete(path);
      };
    },
    /** Who has had its turn goes to the back. */
    next(): string | undefined {
      for (const [path, all] of wanted) {
        wanted.delete(path);
        wanted.set(path, all);
        return path;
      }
      return undefined;
    },
  };
}
