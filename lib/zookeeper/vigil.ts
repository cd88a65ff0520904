/**
 * Signs of life: asks for one when we have been idle, and drops a connection that owes an answer for too long.
 *
 * Any answer is a sign of life. So the question can be one whose answer somebody wants; if nobody does, it is an ACL,
 * which is always small.
 */
import { EMPTY, interval, Observable, tap } from 'rxjs';
import type { Clock } from '../options.js';
import type { Client } from './client.js';
import type { Timings } from './options.js';
import type { Requests, Znode } from './requests.js';

export interface Vigil {
  /** Keeps watch while subscribed. */
  readonly kept$: Observable<never>;
  readonly glance: (path: string, who: Glancer) => void;
  readonly overlook: (path: string, who: Glancer) => void;
}

/** Somebody who wants to see a znode now and then. */
export interface Glancer {
  glanced(znode: Znode): void;
}

export function vigil(
  client: Client,
  { acl, get }: Pick<Requests, 'acl' | 'get'>,
  timings: Timings,
  { scheduler }: Clock,
): Vigil {
  const { heartbeatMs, silenceMs } = timings;
  const wishes = turns<Glancer>();
  const ask = (path: string | undefined): Observable<unknown> =>
    path === undefined ? acl('/') : get(path).pipe(tap(told));
  const told = (znode: Znode) => {
    for (const who of wishes.of(znode.path)) who.glanced(znode);
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
  return { kept$, glance: wishes.add, overlook: wishes.remove };
}

/** Whose turn it is: each path that somebody wants to hear of, one after another. */
function turns<Who>() {
  const wanted = new Map<string, Set<Who>>();
  return {
    /** One after another: who is told may take back its own wish, or another's. */
    *of(path: string): Iterable<Who> {
      const all = wanted.get(path) ?? new Set();
      for (const who of [...all]) if (all.has(who)) yield who;
    },
    add(path: string, who: Who): void {
      wanted.set(path, (wanted.get(path) ?? new Set()).add(who));
    },
    remove(path: string, who: Who): void {
      const all = wanted.get(path);
      if (all?.delete(who) && all.size === 0) wanted.delete(path);
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
