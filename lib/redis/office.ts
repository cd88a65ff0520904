import { map, type Observable, tap } from 'rxjs';
import type { ElectionStatistics } from '../election/election.js';
import { instant as instantOf } from '../election/keep-lease.js';
import type { Instant } from '../election/lease.js';
import type { Keys } from './keys.js';
import type { Resolved } from './options.js';
import { type Picture, pictureOf } from './reply.js';
import { scripts } from './scripts.js';
import type { Wire } from './wire.js';

/** One election, as one backend takes part in it. */
export interface Office {
  readonly name: string;
  readonly keys: Keys;
  readonly wire: Wire;
  readonly options: Resolved;
  readonly known: Known;
}

/** What this process remembers of an election, whatever Redis does. */
export interface Known {
  /** The largest token that anybody here has seen: Redis is told, in case it has forgotten. */
  token: bigint;
  heartbeatsSent: number;
  heartbeatsReceived: number;
  lastHeardAt: number | undefined;
}

export const nothingKnown = (): Known => ({
  token: 0n,
  heartbeatsSent: 0,
  heartbeatsReceived: 0,
  lastHeardAt: undefined,
});

export function remember({ known }: Office, token: bigint): void {
  if (token > known.token) known.token = token;
}

export const instant = ({ options: { clock } }: Office): Instant => instantOf(clock);

/** How things stand. */
export function picture<T>(office: Office, wholeLine: boolean): Observable<Picture<T>> {
  return office.wire.run(scripts.look, office.keys, '', wholeLine ? '1' : '0').pipe(
    map((reply) => pictureOf<T>(reply)),
    tap(({ counter }) => remember(office, counter)),
  );
}

export const statisticsOf = ({ known }: Office): Partial<ElectionStatistics> => ({
  heartbeatsSent: known.heartbeatsSent,
  heartbeatsReceived: known.heartbeatsReceived,
  lastHeardAt: known.lastHeardAt,
});
