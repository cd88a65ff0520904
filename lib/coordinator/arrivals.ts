/**
 * Which moves have arrived, as the balancer sees it: by the records of such roles alone as are being moved.
 *
 * Roles that go from one node to another at the same time arrive together. So one of them is watched, from a moment after
 * the table was written, and the others are read when that one has arrived: most of them once.
 */
import {
  filter,
  from,
  groupBy,
  map,
  merge,
  mergeMap,
  type Observable,
  ReplaySubject,
  share,
  switchMap,
  take,
  timer,
  toArray,
} from 'rxjs';
import type { StoreSession } from '../election/store.js';
import type { Clock } from '../options.js';
import type { Layout } from './layout.js';
import type { Moves } from './outlook.js';
import { decodeRoleRecord } from './record.js';
import { follow } from './znodes.js';

/** A role on its way to a node, or to nobody. */
export interface Move {
  readonly role: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export interface ArrivalOptions {
  readonly layout: Layout;
  readonly policy: { readonly moves: Pick<Moves, 'paceMs' | 'timeoutMs'> };
  readonly clock: Clock;
}

/** How many paces the first of many is waited for before the others are looked at all the same. */
const PATIENCE = 10;

/** Emits each move once when it has arrived, or has taken so long that others need not wait for it any more. */
export function arrivals(session: StoreSession, moves: readonly Move[], options: ArrivalOptions): Observable<Move> {
  return from(moves).pipe(
    groupBy((move) => JSON.stringify([move.from, move.to])),
    mergeMap((together$) => together$.pipe(toArray())),
    mergeMap((together) => inCompany(session, together, options)),
  );
}

function inCompany(session: StoreSession, [first, ...others]: readonly Move[], options: ArrivalOptions) {
  const { policy, clock } = options;
  const { paceMs } = policy.moves;
  const after = (ms: number) => timer(ms, clock.scheduler);
  const first$ = after(paceMs).pipe(
    switchMap(() => arrival(session, first!, options)),
    share({ connector: () => new ReplaySubject(1) }),
  );
  const others$ = merge(first$, after(PATIENCE * paceMs)).pipe(
    take(1),
    mergeMap(() => from(others)),
    mergeMap((move) => arrival(session, move, options)),
  );
  return merge(first$, others$);
}

/** From now on. */
function arrival(session: StoreSession, move: Move, { layout, policy, clock }: ArrivalOptions): Observable<Move> {
  const arrived$ = follow(session, `${layout.roles}/${move.role}`, clock).pipe(
    filter(({ data }) => {
      const record = decodeRoleRecord(data);
      return move.to === undefined ? record?.released !== false : record?.owner === move.to && !record.released;
    }),
  );
  return merge(arrived$, timer(policy.moves.timeoutMs, clock.scheduler)).pipe(
    take(1),
    map(() => move),
  );
}
