/** One candidate's stand: a place in the roster, and what follows from it. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  combineLatest,
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  repeat,
  startWith,
  switchAll,
  switchMap,
  take,
  takeWhile,
  timer,
} from 'rxjs';
import type { CampaignOptions, Stand } from '../election/election.js';
import { candidate, follower, type Leadership, resigned } from '../election/leadership.js';
import type { ResolvedElectionOptions } from '../election/options.js';
import { drained, openTerm } from '../election/term.js';
import { unfailed, yieldAfter } from '../election/yielding.js';
import type { Clock } from '../options.js';
import type { PeerNode } from './node.js';
import type { Office } from './office.js';
import { type Candidate, nextOrder, sameVerdict, type Verdict, verdict } from './roster.js';

export interface StandOptions extends ResolvedElectionOptions {
  readonly clock: Clock;
  readonly weight: number;
}

interface Standee {
  readonly node: PeerNode;
  readonly office: Office;
  readonly who: CampaignOptions;
  readonly options: StandOptions;
}

/** Where a standee stands now, and the leadership it held last. */
interface Spot {
  name: string;
  token: bigint;
}

/** Stands until asked to leave; after an eviction again, with back-off. */
export function standIn(node: PeerNode, office: Office, who: CampaignOptions, options: StandOptions): Stand {
  const { clock, yieldMs } = options;
  const standee: Standee = { node, office, who, options };
  const backOff = () => timer(yieldAfter(unfailed, 0, yieldMs, Math.random()).forMs, clock.scheduler);
  return (leave$) =>
    defer(() => {
      const spot: Spot = { name: '', token: -1n };
      const standing$ = defer(() => inPlace(standee, spot)).pipe(repeat({ delay: backOff }));
      const departure$ = concat(
        defer(() => office.released(spot.token)).pipe(ignoreElements()),
        of(resigned('released')),
      );
      return leave$.pipe(
        take(1),
        map(() => departure$),
        startWith(standing$),
        // The place is left before it is said to be: switching unsubscribes first.
        switchAll(),
      );
    });
}

/** From taking a place to losing it. Unsubscribing leaves it. */
function inPlace(standee: Standee, spot: Spot): Observable<Leadership> {
  const { office, node, options } = standee;
  return defer(() => {
    const newcomer = newCandidate(standee);
    const returns = spot.name !== '';
    spot.name = newcomer.name;
    office.enter(newcomer, options, returns);
    // The roster as it is now, and not as it was when the news was sent: the name may have changed since.
    const verdict$ = office.roster.value$.pipe(map(() => verdict(office.roster.now, spot.name)));
    return combineLatest([verdict$, node.connected$]);
  }).pipe(
    distinctUntilChanged(([a, wasUp], [b, isUp]) => sameVerdict(a, b) && (a.is !== 'open' || wasUp === isUp)),
    takeWhile(([{ is }]) => is !== 'gone', true),
    switchMap(([told, isUp]) => leadership(standee, spot, told, isUp)),
    finalize(() => office.leave(spot.name)),
  );
}

function newCandidate({ node, office, who, options }: Standee): Candidate {
  const { clock, weight } = options;
  return {
    name: `${node.self}-${randomUUID().slice(0, 13)}`,
    id: who.id,
    data: who.data,
    weight,
    order: nextOrder(office.roster.now),
    settled: false,
    since: clock.wall(),
    host: hostname(),
    pid: process.pid,
  };
}

function leadership(standee: Standee, spot: Spot, told: Verdict, isUp: boolean): Observable<Leadership> {
  switch (told.is) {
    case 'gone':
      return of(candidate('evicted'));
    case 'open':
      return of(candidate(isUp ? 'electing' : 'suspended'));
    case 'waiting':
      return of(follower(told.ahead));
    case 'leader':
      spot.token = told.token;
      return leading(standee, spot, told.token);
  }
}

/** Leads, and hands over when asked: the work drains first. */
function leading(standee: Standee, spot: Spot, token: bigint): Observable<Leadership> {
  const { office, options } = standee;
  const { clock, drainTimeoutMs } = options;
  return defer(() => {
    const term = openTerm(token, () => office.holds(token));
    const stop$ = defer(() => {
      term.abort();
      return of(candidate('resigning'));
    });
    const drained$ = drained(term.leading, drainTimeoutMs, clock.scheduler).pipe(ignoreElements());
    const handOver = (to: string | undefined) =>
      defer(() => {
        const [before, again] = [spot.name, newCandidate(standee)];
        spot.name = again.name;
        office.handOver(before, again, to);
        return EMPTY;
      });
    const handingOver$ = office.asked.value$.pipe(
      filter((asked) => asked?.token === token),
      take(1),
      switchMap((asked) => concat(stop$, drained$, handOver(asked?.to))),
    );
    return merge(of(term.leading), handingOver$).pipe(finalize(term.close));
  });
}
