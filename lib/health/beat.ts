/** The member's side: it says how it is, at each interval, for as long as somebody is subscribed. */
import { connect, defer, endWith, map, type Observable, ReplaySubject, share, takeUntil, tap } from 'rxjs';
import type { Channel } from '../election/channel.js';
import { InvalidOptionError } from '../errors.js';
import { type Clock, checkDuration, checkText, systemClock } from '../options.js';
import { loads } from './gauges.js';
import type { Heartbeat } from './heartbeat.js';
import { judge, resolveThresholds, type Thresholds } from './thresholds.js';

export interface BeatOptions {
  /** Who we are: the id with which we stand in elections, if we do. */
  readonly id: string;
  /** @default 1000 */
  readonly intervalMs?: number;
  /** Over the defaults (`defaultThresholds`). */
  readonly thresholds?: Thresholds;
  /** More gauges, by name. They run at each interval and must not block. */
  readonly gauges?: Readonly<Record<string, () => number>>;
  /** Of which file system the disk gauges tell. @default the working directory's */
  readonly diskPath?: string;
  /** @default the machine's clocks */
  readonly clock?: Clock;
}

/** Our heartbeats, at once and then at each interval. Cold: each subscription is a life of its own. Throws InvalidOptionError. */
export function heartbeats(options: BeatOptions): Observable<Heartbeat> {
  const { id, clock = systemClock, diskPath = process.cwd() } = options;
  checkText('id', id);
  const intervalMs = checkDuration('intervalMs', options.intervalMs ?? 1_000, 10);
  const thresholds = resolveThresholds(options.thresholds);
  const gauges = checkGauges(options.gauges);
  return defer(() => {
    const since = clock.wall();
    return loads({ intervalMs, diskPath, gauges, clock }).pipe(
      map((load, i) => ({ id, sequence: i + 1, since, status: judge(load, thresholds), load })),
    );
  });
}

/**
 * Publishes our heartbeats, and emits them. Subscribing begins, shared by all subscribers, who get the latest at once;
 * when the last one unsubscribes we leave, and say so: unsubscribe before the backend is closed. Completes when it is.
 */
export function beat(channel: Channel, options: BeatOptions): Observable<Heartbeat> {
  const beat$ = heartbeats(options);
  return defer(() => {
    let last: Heartbeat | undefined;
    const farewell = () => last && { ...last, sequence: last.sequence + 1, leaving: true };
    const told$ = beat$.pipe(tap((heartbeat) => (last = heartbeat)));
    const closed$ = (shared$: Observable<Heartbeat>) =>
      channel.publish(options.id, shared$, farewell).pipe(endWith(undefined));
    return told$.pipe(connect((shared$) => shared$.pipe(takeUntil(closed$(shared$)))));
  }).pipe(share({ connector: () => new ReplaySubject(1) }));
}

function checkGauges(gauges: BeatOptions['gauges'] = {}): NonNullable<BeatOptions['gauges']> {
  for (const [name, gauge] of Object.entries(gauges))
    if (typeof gauge !== 'function') throw new InvalidOptionError(`gauges.${name}`, gauge, 'must be a function');
  return { ...gauges };
}
