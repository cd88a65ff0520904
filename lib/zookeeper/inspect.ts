/** What an operator can be told about the line, the servers and the session. */
import {
  catchError,
  combineLatest,
  defaultIfEmpty,
  forkJoin,
  map,
  merge,
  type Observable,
  of,
  take,
  takeUntil,
  timer,
  toArray,
} from 'rxjs';
import type { Finding, Inspect, InspectedLine } from '../election/inspect.js';
import { once } from './admin.js';
import { chainFindings, finding } from './findings.js';
import { identityIn, parsePlace } from './line.js';
import { live, type Standee, standees$, toParticipants } from './observe.js';
import { pathOf, type Resolved } from './options.js';
import { decodeRecord } from './record.js';
import type { Znode } from './requests.js';
import { serverFindings } from './server-findings.js';
import type { Session } from './session.js';

export function inspector(session$: Observable<Session | undefined>, options: Resolved): Inspect {
  return {
    line: (election) =>
      live(session$, options, (session) => lineOf(session, pathOf(election)), { participants: [], unknown: [] }),
    doctor: (election) =>
      merge(
        serverFindings(options, election && pathOf(election)),
        negotiated(session$, options),
        ...(election ? [pathFindings(session$, options, pathOf(election))] : []),
      ).pipe(
        toArray(),
        map((found) => found.flat()),
      ),
  };
}

/** The line with everything the store holds of it. Completes when the path is missing. */
function lineOf(session: Session, path: string): Observable<InspectedLine> {
  return combineLatest([session.watch(path), session.watchChildren(path), standees$(session, path)]).pipe(
    map(([record, names, line]) => inspected(record, names, line)),
  );
}

function inspected(znode: Znode, names: readonly string[], line: readonly Standee[]): InspectedLine {
  const record = decodeRecord(znode.data);
  const nominee = line.find(({ place }) => identityIn(place.name) === record?.nominee)?.profile.id ?? record?.nominee;
  return {
    participants: toParticipants(line, record),
    unknown: names.filter((name) => parsePlace(name) === undefined),
    record: record && { ...record, nominee, token: znode.mzxid },
  };
}

function negotiated(session$: Observable<Session | undefined>, options: Resolved): Observable<Finding[]> {
  const asked = options.sessionTimeoutMs;
  return within(
    options,
    once(session$, ({ timings }) => of(timings.sessionTimeoutMs)),
    (granted) => [
      granted === asked
        ? finding(
            'ok',
            'session-timeout',
            'session',
            `The server granted the session timeout that was asked for, ${asked} ms.`,
          )
        : finding(
            'warning',
            'session-timeout-changed',
            'session',
            `Asked for a session timeout of ${asked} ms, the server granted ${granted} ms.`,
            "Set sessionTimeoutMs within the servers' minSessionTimeout and maxSessionTimeout.",
          ),
    ],
  );
}

function pathFindings(
  session$: Observable<Session | undefined>,
  options: Resolved,
  path: string,
): Observable<Finding[]> {
  const look$ = once(session$, (session) =>
    forkJoin({ acl: session.acl(path), line: lineOf(session, path).pipe(take(1)) }),
  );
  return within(options, look$, ({ acl, line }) => {
    const open = acl.some(({ scheme, perms }) => scheme === 'world' && (perms & ~1) !== 0);
    const aclFinding = open
      ? finding(
          'warning',
          'acl-open',
          path,
          'Anybody may change this election: its ACL gives world more than READ.',
          'Set the `acl` and `auth` options for every participant, and setAcl on the path.',
        )
      : finding('ok', 'acl-closed', path, 'The ACL keeps strangers from changing this election.');
    return [aclFinding, ...chainFindings(path, line)];
  });
}

/** Findings from an answer, or one finding that tells what failed. Bounded. */
function within<V>(options: Resolved, answer$: Observable<V>, tell: (answer: V) => Finding[]): Observable<Finding[]> {
  return answer$.pipe(
    take(1),
    map(tell),
    takeUntil(timer(options.connectTimeoutMs + options.silenceMs, options.clock.scheduler)),
    defaultIfEmpty([
      finding(
        'error',
        'no-answer',
        'ensemble',
        'The ensemble did not answer in time.',
        'See the findings about the servers.',
      ),
    ]),
    catchError((error: Error & { code?: string }) =>
      of([finding('error', error.code?.toLowerCase().replaceAll('_', '-') ?? 'failed', 'ensemble', error.message)]),
    ),
  );
}
