/** What a detector makes of a trace: how often it errs while the member lives, and how soon it knows when it dies. */
import { type Detector, type History, isSuspected } from '../../../lib/health/detector.js';
import type { Trace } from './traces.js';

export interface Figures {
  readonly heartbeats: number;
  /** How often a member that lived was declared failed. */
  readonly falsePositives: number;
  /** For how long it was wrongly held failed, of the time of the trace, from 0 to 1. */
  readonly wrong: number;
  /** From the last heartbeat of a member that dies right after it to the verdict, in intervals. */
  readonly detectionP50: number;
  readonly detectionMax: number;
}

/** Heartbeats in which a detector learns, before the first that counts. The same for all. */
const WARM_UP = 20;

export function measure(detector: Detector, { arrivals, intervalMs }: Trace): Figures {
  let history: History | undefined;
  let [falsePositives, wrongMs] = [0, 0];
  const detections: number[] = [];
  for (const [n, at] of arrivals.entries()) {
    if (history && n > WARM_UP) {
      const afterMs = detectionMs(detector, history);
      detections.push(afterMs / intervalMs);
      const aliveForMs = at - history.heardAt;
      if (aliveForMs >= afterMs) {
        falsePositives += 1;
        wrongMs += aliveForMs - afterMs;
      }
    }
    history = detector.observe(history, at);
  }
  const sorted = detections.sort((a, b) => a - b);
  return {
    heartbeats: sorted.length,
    falsePositives,
    wrong: wrongMs / ((arrivals.at(-1) ?? 0) - (arrivals[WARM_UP] ?? 0)),
    detectionP50: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    detectionMax: sorted.at(-1) ?? Number.NaN,
  };
}

/** The silence after which the member is declared failed: suspicion never falls, so it is found by halving. */
export function detectionMs(detector: Detector, history: History): number {
  const suspected = (ms: number) => isSuspected(detector, history, history.heardAt + ms);
  let [below, above] = [0, 1];
  while (!suspected(above)) [below, above] = [above, 2 * above];
  while (above - below > 0.01) {
    const middle = (below + above) / 2;
    [below, above] = suspected(middle) ? [below, middle] : [middle, above];
  }
  return above;
}
