/** The listener's side: who is there, who fell silent, who came back, and how the group is. */
import {
  defer,
  distinctUntilChanged,
  endWith,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  pairwise,
  ReplaySubject,
  scan,
  share,
  startWith,
  takeUntil,
} from 'rxjs';
import type { Channel } from '../election/channel.js';
import { InvalidOptionError } from '../errors.js';
import { type Clock, checkDuration, checkNumber, systemClock } from '../options.js';
import { type ClusterHealth, clusterHealth } from './cluster.js';
import type { Detector } from './detector.js';
import { decodeHeartbeat } from './heartbeat.js';
import { phiAccrual } from './phi.js';
import {
  emptyRoster,
  type Failure,
  failuresBetween,
  type Input,
  type Member,
  membersOf,
  type Recovery,
  type Roster,
  recoveriesBetween,
  step,
} from './roster.js';

export interface MonitorOptions {
  /** @default phiAccrual() */
  readonly detector?: Detector;
  /** How often silences are looked at, in ms. What is longer than twice that without a look counts as a pause of our own. @default 250 */
  readonly checkEveryMs?: number;
  /** How many members there should be, for the quorum. @default those that are known */
  readonly expected?: number;
  /** How long a failed member is remembered, in ms. @default 600000 */
  readonly forgetAfterMs?: number;
  /** @default the machine's clocks */
  readonly clock?: Clock;
}

/** All are cold, share one subscription to the channel while anybody is subscribed, and complete when the backend is closed. */
export interface Monitor {
  /** Everybody known, failed ones included; those that left are not. At once, at each heartbeat, at each failure. */
  readonly members$: Observable<readonly Member[]>;
  /** Each member that falls silent, once. */
  readonly failures$: Observable<Failure>;
  /** Each failed member that is heard again, once. */
  readonly recoveries$: Observable<Recovery>;
  /** At once, and at each change. */
  readonly clusterHealth$: Observable<ClusterHealth>;
}

/** Listens on a channel. Throws InvalidOptionError. */
export function monitor(channel: Channel, options: MonitorOptions = {}): Monitor {
  const { detector = phiAccrual(), clock = systemClock } = options;
  const expected = checkNumber('expected', options.expected ?? 0, 0);
  if (!Number.isInteger(expected)) throw new InvalidOptionError('expected', expected, 'must be a whole number');
  const checkEveryMs = checkDuration('checkEveryMs', options.checkEveryMs ?? 250, 10);
  const forgetAfterMs = checkDuration('forgetAfterMs', options.forgetAfterMs ?? 600_000);
  const rules = { detector, checkEveryMs, forgetAfterMs };
  const roster$ = defer(() => {
    const first = emptyRoster(clock.now());
    return inputs(channel, checkEveryMs, clock).pipe(
      scan((roster, input) => step(roster, input, rules), first),
      startWith(first),
    );
  }).pipe(share({ connector: () => new ReplaySubject(1) }));
  const news$ = roster$.pipe(distinctUntilChanged(isSame));
  return {
    members$: news$.pipe(map(membersOf)),
    failures$: between(roster$, failuresBetween),
    recoveries$: between(roster$, recoveriesBetween),
    clusterHealth$: news$.pipe(
      map((roster) => clusterHealth(membersOf(roster), expected, roster.hearing)),
      distinctUntilChanged(isEqual),
    ),
  };
}

/** What is heard, whether we hear, and the passing of time. */
function inputs(channel: Channel, checkEveryMs: number, clock: Clock): Observable<Input> {
  const closed$ = channel.hearing$.pipe(ignoreElements(), endWith(undefined));
  const heartbeats$ = channel.heard$.pipe(
    map(decodeHeartbeat),
    filter((heartbeat) => heartbeat !== undefined),
  );
  return merge(
    channel.hearing$.pipe(map((hearing) => ({ hearing }))),
    heartbeats$.pipe(map((heartbeat) => ({ heartbeat }))),
    interval(checkEveryMs, clock.scheduler).pipe(map(() => ({}))),
  ).pipe(
    map((input) => ({ ...input, at: clock.now() })),
    takeUntil(closed$),
  );
}

const isSame = (a: Roster, b: Roster) => a.tracked === b.tracked && a.hearing === b.hearing;

const isEqual = (a: ClusterHealth, b: ClusterHealth) =>
  (Object.keys(a) as (keyof ClusterHealth)[]).every((key) => a[key] === b[key]);

function between<E>(
  roster$: Observable<Roster>,
  changes: (before: Roster, after: Roster) => readonly E[],
): Observable<E> {
  return roster$.pipe(
    pairwise(),
    mergeMap(([before, after]) => changes(before, after)),
  );
}
