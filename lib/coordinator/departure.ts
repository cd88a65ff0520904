import { endWith, finalize, ignoreElements, type Observable, ReplaySubject, share } from 'rxjs';
import type { StoreSession } from '../election/store.js';

const waited = new WeakMap<StoreSession, Map<string, Observable<unknown>>>();

/** Emits once and completes when the znode is gone. One read and one watch for all who wait on this session: an owner may have a thousand roles. */
export function departure(session: StoreSession, path: string): Observable<unknown> {
  const paths = waited.get(session) ?? new Map<string, Observable<unknown>>();
  waited.set(session, paths);
  const known = paths.get(path);
  if (known) return known;
  const gone$ = session.watch(path).pipe(
    ignoreElements(),
    endWith(true),
    finalize(() => paths.delete(path)),
    share({ connector: () => new ReplaySubject(1) }),
  );
  paths.set(path, gone$);
  return gone$;
}
