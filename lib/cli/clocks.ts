/** How well this machine keeps time and its promises to timers: what every lease and heartbeat rests on. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { lastValueFrom, timer } from 'rxjs';
import type { Finding } from '../election/inspect.js';
import { untilInterrupted } from './context.js';

/** How long we watch, in ms: long enough to see a machine that is short of CPU. */
const SPAN_MS = 1_000;
/** A timer later than this costs heartbeats at short session timeouts. */
const LAG_WARNING_MS = 100;
/** Wall against monotonic: more than slewing by NTP (0.5 ms a second) explains. */
const DRIFT_WARNING_MS = 5;

/** Two findings, after a second. Rejects with the signal's reason. */
export async function measureClocks(signal: AbortSignal): Promise<Finding[]> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const [monotonic, wall] = [performance.now(), Date.now()];
  delay.enable();
  await lastValueFrom(untilInterrupted(timer(SPAN_MS), signal)).finally(() => delay.disable());
  const drift = Date.now() - wall - (performance.now() - monotonic);
  return [lagFinding(delay.max / 1e6 - 10), driftFinding(drift)];
}

function lagFinding(lagMs: number): Finding {
  const late = Math.max(0, Math.round(lagMs));
  const about = { code: 'event-loop-lag', subject: 'this machine', text: `Timers ran up to ${late} ms late.` };
  if (late < LAG_WARNING_MS) return { severity: 'ok', ...about };
  return { severity: 'warning', ...about, remedy: 'Give the process more CPU, or use a longer session timeout.' };
}

function driftFinding(driftMs: number): Finding {
  const apart = Math.abs(Math.round(driftMs));
  const text = `Wall and monotonic time moved apart by ${apart} ms in ${SPAN_MS} ms.`;
  const about = { code: 'clock-drift', subject: 'this machine', text };
  if (apart < DRIFT_WARNING_MS) return { severity: 'ok', ...about };
  return {
    severity: 'warning',
    ...about,
    remedy: 'Look for a clock that is being stepped, or a virtual machine that is being paused.',
  };
}
