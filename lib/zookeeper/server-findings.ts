/** What is to be told of each server by itself, and of what it shows beside the others. */
import {
  catchError,
  defaultIfEmpty,
  filter,
  forkJoin,
  map,
  type Observable,
  of,
  switchMap,
  take,
  takeUntil,
  timer,
} from 'rxjs';
import type { Finding } from '../election/inspect.js';
import type { StoreError } from '../errors.js';
import { isNoNode } from './errors.js';
import { finding } from './findings.js';
import { isPlace } from './line.js';
import type { Resolved } from './options.js';
import type { Requests } from './requests.js';
import { type Session, sessions } from './session.js';

type Server = Resolved['servers'][number];
type Asked = Pick<Requests, 'children' | 'multi'>;

/** Of one server; whom it shows in line, if it was reached. */
interface Served {
  readonly server: Server;
  readonly findings: readonly Finding[];
  readonly shown?: readonly string[];
}

/** Each server by itself; and again if others show somebody whom it does not. */
export function serverFindings(options: Resolved, path?: string): Observable<Finding[]> {
  return forkJoin(options.servers.map((server) => served(options, server, path))).pipe(
    switchMap((all) => {
      const everybody = [...new Set(all.flatMap(({ shown }) => shown ?? []))];
      return forkJoin(all.map((one) => compared(options, one, path, everybody)));
    }),
    map((all) => all.flat()),
  );
}

function served(options: Resolved, server: Server, path?: string): Observable<Served> {
  const subject = subjectOf(server);
  const granted = finding('ok', 'server-reachable', subject, 'The server granted a session.');
  return alone(options, server, (session) => (path === undefined ? of(NOBODY) : sightOf(session, path))).pipe(
    map(({ shown, refuted }) => ({
      server,
      shown,
      findings:
        refuted === undefined ? [granted] : [granted, apart(subject, `Goes on showing ${refuted}, which is gone`)],
    })),
    defaultIfEmpty({ server, findings: [unreachable(subject)] }),
    catchError((error: Error) =>
      of({ server, findings: [finding('error', 'server-refused', subject, error.message)] }),
    ),
  );
}

interface Sight {
  readonly shown: readonly string[];
  readonly refuted?: string | undefined;
}

const NOBODY: Sight = { shown: [] };

/** Nobody where there is no election, or it may not be seen. */
const sightOf = (session: Asked, path: string): Observable<Sight> =>
  forkJoin({ refuted: refutedOn(session, path), shown: shownOn(session, path) }).pipe(catchError(() => of(NOBODY)));

/** What is known of it, and whom it does not show although others do. */
function compared(
  options: Resolved,
  { server, findings, shown }: Served,
  path: string | undefined,
  everybody: readonly string[],
): Observable<readonly Finding[]> {
  if (path === undefined || !shown || shown.length === everybody.length) return of(findings);
  return alone(options, server, (session) => missedOn(session, path, everybody)).pipe(
    catchError(() => of(undefined)),
    defaultIfEmpty(undefined),
    map((missed) =>
      missed === undefined
        ? findings
        : [...findings, apart(subjectOf(server), `Does not show ${missed}, which stands`)],
    ),
  );
}

/** A session of its own with one server, that ends with the first answer. Bounded. */
function alone<V>(options: Resolved, server: Server, ask: (session: Session) => Observable<V>): Observable<V> {
  return sessions({ ...options, servers: [server] }, () => {}).pipe(
    filter((session) => session !== undefined),
    switchMap(ask),
    take(1),
    takeUntil(timer(options.connectTimeoutMs + options.silenceMs, options.clock.scheduler)),
  );
}

const shownOn = (session: Asked, path: string): Observable<readonly string[]> =>
  session.children(path).pipe(map((names) => names.filter(isPlace)));

/**
 * A candidate that this server goes on showing although a write did not find it. Once the write is answered the server
 * knows all that was committed before, or never will.
 */
export function refutedOn(session: Asked, path: string): Observable<string | undefined> {
  const shown$ = shownOn(session, path);
  const seen = (names: readonly string[]) =>
    missing(session, path, names).pipe(
      switchMap((gone) =>
        gone === undefined ? of(gone) : shown$.pipe(map((now) => now.find((name) => name === gone))),
      ),
    );
  return orNone(shown$.pipe(switchMap((names) => (names.length === 0 ? of(undefined) : seen(names)))));
}

/** One of these, whom others show, that this server does not, although a write has found it before and after. */
export function missedOn(session: Asked, path: string, others: readonly string[]): Observable<string | undefined> {
  const lacking$ = shownOn(session, path).pipe(map((shown) => others.find((name) => !shown.includes(name))));
  const stands = (name: string) =>
    missing(session, path, [name]).pipe(map((gone) => (gone === undefined ? name : undefined)));
  return orNone(
    missing(session, path, others).pipe(
      switchMap((gone) => (gone === undefined ? lacking$ : of(undefined))),
      switchMap((name) => (name === undefined ? of(undefined) : stands(name))),
    ),
  );
}

/** The first of these that a write does not find; `undefined` if it finds them all. */
function missing({ multi }: Asked, path: string, names: readonly string[]): Observable<string | undefined> {
  const named = (error: StoreError) => {
    if (!isNoNode(error)) throw error;
    return of(names[error.index!]);
  };
  return multi(names.map((name) => ({ op: 'check', path: `${path}/${name}` }))).pipe(
    map(() => undefined),
    catchError(named),
  );
}

/** What may not be asked is no finding: the server has granted a session. */
const orNone = (found$: Observable<string | undefined>) => found$.pipe(catchError(() => of(undefined)));

const subjectOf = ({ host, port }: Server): string => `${host}:${port}`;

const unreachable = (subject: string): Finding =>
  finding(
    'error',
    'server-unreachable',
    subject,
    'The server granted no session in time.',
    'Check the address, the network, and whether the ensemble has a quorum.',
  );

const apart = (subject: string, what: string): Finding =>
  finding(
    'error',
    'server-apart',
    subject,
    `${what}: it has lost a transaction that the others have (ZOOKEEPER-4785, 5010).`,
    'Stop it, empty its data directory but for myid, and start it again: it fetches everything from the others.',
  );
