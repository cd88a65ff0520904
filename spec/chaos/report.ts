/** The verdict, for people and as JSON. */
import type { Violation } from './checker.js';
import type { Summary } from './statistics.js';
import type { WriteSummary } from './writes.js';

export interface Verdict {
  readonly passed: boolean;
  readonly violations: readonly Violation[];
  /** What a scenario expected besides the laws. */
  readonly complaints: readonly string[];
  readonly summary: Summary;
  readonly writes?: WriteSummary;
  /** How long the run took, in ms. */
  readonly tookMs: number;
  readonly replay: string;
  /** Where the histories lie. */
  readonly dir: string;
}

/** BigInts do not occur. */
export const toJson = (verdict: Verdict): string => JSON.stringify(verdict);

export function toText({ passed, violations, complaints, summary, writes, tookMs, replay, dir }: Verdict): string {
  const { elections, leaders, sessions, works, unprovoked, worstOverlapMs } = summary;
  const rows = summary.faults.map(({ name, count, judged, ...worst }) =>
    [
      name.padEnd(36),
      String(count).padStart(5),
      String(judged).padStart(6),
      ms(worst.worstRecoveryMs),
      ms(worst.worstGapMs),
      ms(worst.worstOverlapMs),
    ].join('  '),
  );
  return [
    `${elections} elections, ${leaders} leading processes, ${sessions} sessions, ${works} works in ${Math.round(tookMs / 1000)} s`,
    ...(writes ? toldOf(writes) : []),
    `closest two beliefs: ${ms(worstOverlapMs).trim()} (negative: apart); leaderships lost without a fault near: ${unprovoked}`,
    '',
    `${'fault'.padEnd(36)}  count  judged      recovery           gap       overlap  (the worst of each)`,
    ...rows,
    '',
    ...violations.map(({ law, at, what }) => `VIOLATION of "${law}" at ${at.toFixed(3)}: ${what}`),
    ...complaints.map((complaint) => `NOT AS EXPECTED: ${complaint}`),
    passed
      ? 'PASSED: no violation.'
      : `FAILED. Histories: ${dir}; there too: violation.svg, and shortest.txt with the least that shows the first violation`,
    `replay: ${replay}`,
  ].join('\n');
}

function toldOf({ staleWithoutFence, ...stores }: WriteSummary): string[] {
  const told = Object.entries(stores).map(
    ([store, { written, refused, unknown }]) =>
      `fenced writes to ${store}: ${written} written, ${refused} refused, ${unknown} without an answer`,
  );
  return [...told, `stale writes that a table without a fence took: ${staleWithoutFence}`];
}

const ms = (value: number | undefined) => (value === undefined ? '-' : `${value.toFixed(3)} ms`).padStart(12);
