/** The claim: one committed write that makes the first in line the holder of the record. */
import { catchError, EMPTY, forkJoin, map, type Observable, of, switchMap, take } from 'rxjs';
import { clearFrom, type Instant } from '../election/lease.js';
import { rethrow } from './enlist.js';
import { isNoNode } from './errors.js';
import { decodeRecord, type ElectionRecord, wordsOf } from './record.js';
import { instant } from './renewal.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { Seat, Standing } from './standing.js';

/** What a claim has won, and what it found. */
export interface Claimed {
  /** The zxid of the claim. */
  readonly token: bigint;
  /** Of the record: nobody else has claimed while it stands. */
  readonly version: number;
  readonly sent: Instant;
  /** From when on, by the monotonic clock, no earlier holder can still believe. */
  readonly clearAt: number;
  readonly previous: ElectionRecord | undefined;
}

/** Two reads and the claim leave in one write. Emits once, or completes without a value if our place is gone. */
export function claimInOneFlush(
  session: Session,
  seat: Seat,
  standing: Standing,
  own$: Observable<Znode>,
): Observable<Claimed> {
  const sent = instant(standing.options.clock);
  const words = wordsOf(seat.name, standing.profile.id, seat.leaseMs);
  const flush$ = forkJoin({
    own: own$.pipe(take(1)),
    // Read as soon as it is there: the answer to the claim takes longer.
    found: session.get(standing.path).pipe(map(({ data, version }) => ({ previous: decodeRecord(data), version }))),
    done: session.multi([
      { op: 'check', path: seat.path },
      { op: 'set', path: standing.path, data: words.claim },
    ]),
  });
  // Somebody has claimed since the record was read: the next claim finds this one, and takes it for a stranger's.
  const behindAnother = () => {
    standing.claim = undefined;
    return claimInOneFlush(session, seat, standing, own$);
  };
  return flush$.pipe(
    switchMap(({ own, found: { previous, version: before }, done }) => {
      if (own.owner !== session.id) return EMPTY;
      const version = done[1]!.version!;
      if (version !== before + 1) return behindAnother();
      const clearAt = clearOf(previous, standing);
      standing.claim = { seat, clearAt, version, words };
      return of({ token: done[1]!.mzxid!, version, sent, clearAt, previous });
    }),
    catchError((error) => (isNoNode(error) ? EMPTY : rethrow(error))),
  );
}

/**
 * Counted from the answer to our claim: from its commit on no renewal of an earlier one passes, whatever the line shows. An
 * own earlier claim is not waited for, only what that claim itself had to wait for. A claim we do not remember is a stranger's.
 */
function clearOf(previous: ElectionRecord | undefined, { claim, options }: Standing): number {
  if (previous && claim?.seat.name === previous.holder) return claim.clearAt;
  return clearFrom(options.clock.now(), previous, options.clockDrift);
}
