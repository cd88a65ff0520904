/** What is to be told of each server by itself. */
import { catchError, defaultIfEmpty, filter, map, type Observable, of, switchMap, take, takeUntil, timer } from 'rxjs';
import type { Finding } from '../election/inspect.js';
import type { StoreError } from '../errors.js';
import { isNoNode } from './errors.js';
import { finding } from './findings.js';
import { isPlace } from './line.js';
import type { Resolved } from './options.js';
import type { Op } from './requests.js';
import { type Session, sessions } from './session.js';

/** Each server by itself, with a session of its own that ends at once. */
export function served(options: Resolved, server: Resolved['servers'][number], path?: string): Observable<Finding[]> {
  const subject = `${server.host}:${server.port}`;
  const alone = { ...options, servers: [server] };
  return sessions(alone, () => {}).pipe(
    filter((session) => session !== undefined),
    switchMap((session) => (path === undefined ? of(undefined) : refutedOn(session, path))),
    take(1),
    map((name) => [
      finding('ok', 'server-reachable', subject, 'The server granted a session.'),
      ...(name === undefined ? [] : [apart(subject, name)]),
    ]),
    takeUntil(timer(options.connectTimeoutMs + options.silenceMs, options.clock.scheduler)),
    defaultIfEmpty([
      finding(
        'error',
        'server-unreachable',
        subject,
        'The server granted no session in time.',
        'Check the address, the network, and whether the ensemble has a quorum.',
      ),
    ]),
    catchError((error: Error) => of([finding('error', 'server-refused', subject, error.message)])),
  );
}

/**
 * A candidate that this server goes on showing although a write did not find it. Once the write is answered the server
 * knows all that was committed before, or never will.
 */
export function refutedOn(session: Pick<Session, 'children' | 'multi'>, path: string): Observable<string | undefined> {
  const shown$ = session.children(path).pipe(map((names) => names.filter(isPlace)));
  const check = (name: string): Op => ({ op: 'check', path: `${path}/${name}` });
  const refuted = (names: readonly string[]) => (error: StoreError) => {
    if (!isNoNode(error)) throw error;
    return shown$.pipe(map((now) => now.find((name) => name === names[error.index!])));
  };
  const asked = (names: readonly string[]) =>
    session.multi(names.map(check)).pipe(
      map(() => undefined),
      catchError(refuted(names)),
    );
  return shown$.pipe(
    switchMap((names) => (names.length === 0 ? of(undefined) : asked(names))),
    // What may not be asked is no finding: the server has granted a session.
    catchError(() => of(undefined)),
  );
}

const apart = (subject: string, name: string): Finding =>
  finding(
    'error',
    'server-apart',
    subject,
    `Goes on showing ${name}, which is gone: it has lost a transaction that the others have (ZOOKEEPER-4785, 5010).`,
    'Stop it, empty its data directory but for myid, and start it again: it fetches everything from the others.',
  );
