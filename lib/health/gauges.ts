/**
 * What a process can tell of its own load, by `node:os`, `node:perf_hooks`, `node:fs`. A gauge that this platform does
 * not have is absent: nothing is invented.
 */
import { readFileSync, type StatsFs, statfs } from 'node:fs';
import { availableParallelism, freemem, loadavg, platform, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  bindNodeCallback,
  catchError,
  defer,
  exhaustMap,
  finalize,
  map,
  type Observable,
  of,
  startWith,
  switchMap,
  timer,
  withLatestFrom,
} from 'rxjs';
import type { Clock } from '../options.js';
import type { Load } from './heartbeat.js';
import { bytesIn, type Traffic } from './traffic.js';

export interface GaugeOptions {
  readonly intervalMs: number;
  /** Of which file system the disk gauges tell. */
  readonly diskPath: string;
  /** More gauges, by name. One that throws, or gives no finite number, is absent that time. */
  readonly gauges: Readonly<Record<string, () => number>>;
  readonly clock: Clock;
}

/**
 * The load, at once and then at each interval. Cold; measures only while subscribed.
 *
 * - `loadPerCore`: the load average of the last minute, for each core. Not on Windows.
 * - `rssBytes`: what this process holds of memory; `freeBytes`: what the machine has left; `limitBytes`: the cgroup's
 *   limit, if there is one. `memoryUsed`, from 0 to 1: of the limit what this process holds, else of the machine's memory
 *   what is not free.
 * - `eventLoopLagMs`: the longest that the event loop was late, since the reading before the last.
 * - `diskUsed`, from 0 to 1, and `diskFreeBytes`, for what an unprivileged process may use.
 * - `receivedBytesPerSecond`, `sentBytesPerSecond`: over all interfaces but loopback, since the last reading. Linux only.
 */
export function loads({ intervalMs, diskPath, gauges, clock }: GaugeOptions): Observable<Load> {
  return defer(() => {
    const lag = lagMeter();
    const traffic = trafficMeter(clock);
    return timer(0, intervalMs, clock.scheduler).pipe(
      withLatestFrom(disk(diskPath, intervalMs, clock)),
      map(([, disk]) => ({ ...cpu(), ...memory(), ...lag.read(), ...disk, ...traffic(), ...added(gauges) })),
      finalize(lag.stop),
    );
  });
}

function cpu(): Load {
  const [minute = 0] = loadavg();
  return platform() === 'win32' ? {} : { loadPerCore: minute / availableParallelism() };
}

function memory(): Load {
  const [rssBytes, freeBytes, totalBytes] = [process.memoryUsage.rss(), freemem(), totalmem()];
  const limitBytes = process.constrainedMemory?.() ?? 0;
  if (limitBytes <= 0 || limitBytes >= totalBytes)
    return { rssBytes, freeBytes, memoryUsed: 1 - freeBytes / totalBytes };
  return { rssBytes, freeBytes, limitBytes, memoryUsed: rssBytes / limitBytes };
}

const RESOLUTION_MS = 20;

/** Node records the whole span between two samples of its timer, its own length included. */
function lagMeter() {
  let [older, newer] = [histogram(), histogram()];
  return {
    read: (): Load => {
      const longestMs = Math.max(older.max, newer.max) / 1e6;
      // A reset loses the span that is going on: so two take turns, and one of them has seen it.
      older.reset();
      [older, newer] = [newer, older];
      return { eventLoopLagMs: Math.max(0, longestMs - RESOLUTION_MS) };
    },
    stop: () => {
      older.disable();
      newer.disable();
    },
  };
}

function histogram() {
  const made = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  made.enable();
  return made;
}

const readDisk = bindNodeCallback((path: string, done: (error: Error | null, stats: StatsFs) => void) =>
  statfs(path, done),
);

/** One reading at a time: a file system that does not answer holds one thread, not all. An old answer is none. */
function disk(path: string, intervalMs: number, { scheduler }: Clock): Observable<Load> {
  const reading$ = defer(() => readDisk(path)).pipe(
    map(({ blocks, bavail, bsize }): Load => {
      return blocks > 0 ? { diskUsed: 1 - bavail / blocks, diskFreeBytes: bavail * bsize } : {};
    }),
    catchError(() => of({})),
  );
  const outdated$ = timer(3 * intervalMs, scheduler).pipe(map(() => ({})));
  return timer(0, intervalMs, scheduler).pipe(
    exhaustMap(() => reading$),
    switchMap((load) => outdated$.pipe(startWith(load))),
    startWith({}),
  );
}

/** Rates from two readings of the kernel's counters. A counter that went back was reset: no rate. */
function trafficMeter({ now }: Clock): () => Load {
  let last: Counted | undefined;
  return () => {
    const traffic = countTraffic();
    const counted = traffic && { ...traffic, at: now() };
    const load = last && counted ? rates(last, counted) : {};
    last = counted;
    return load;
  };
}

interface Counted extends Traffic {
  readonly at: number;
}

function rates(before: Counted, after: Counted): Load {
  const seconds = (after.at - before.at) / 1000;
  const received = after.receivedBytes - before.receivedBytes;
  const sent = after.sentBytes - before.sentBytes;
  if (seconds <= 0 || received < 0 || sent < 0) return {};
  return { receivedBytesPerSecond: received / seconds, sentBytesPerSecond: sent / seconds };
}

/** The file is the kernel's, in memory: reading it waits for no disk. */
function countTraffic(): Traffic | undefined {
  try {
    return bytesIn(readFileSync('/proc/net/dev', 'utf8'));
  } catch {
    return undefined;
  }
}

function added(gauges: GaugeOptions['gauges']): Load {
  const read = Object.entries(gauges).map(([name, gauge]) => [name, attempt(gauge)] as const);
  return Object.fromEntries(read.filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
}

function attempt(gauge: () => number): number | undefined {
  try {
    return gauge();
  } catch {
    return undefined;
  }
}
