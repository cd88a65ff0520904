/**
 * `npm run detectors`: false positives and detection time of the detectors, on recorded and on generated traces; judges
 * nothing. `-- --record FILE --interval-ms N --seconds N` records another trace, of this machine.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Detector } from '../../../lib/health/detector.js';
import { fixed } from '../../../lib/health/fixed.js';
import { phiAccrual } from '../../../lib/health/phi.js';
import { measure } from './measure.js';
import { beatTo, record } from './record.js';
import { generate, kinds, readTrace, type Trace } from './traces.js';

const TRACES = 'spec/health/detectors/traces';

/** Akka's figures are for one heartbeat a second; at another interval they are scaled with it. */
const detectors: Readonly<Record<string, (intervalMs: number) => Detector>> = {
  'fixed, 2 missed': (intervalMs) => fixed({ intervalMs, missed: 2 }),
  'fixed, 3 missed (default)': (intervalMs) => fixed({ intervalMs }),
  'fixed, 5 missed': (intervalMs) => fixed({ intervalMs, missed: 5 }),
  'φ 8, no pause accepted': (intervalMs) => phi(intervalMs, 8, 0),
  'φ 8, 1 interval accepted': (intervalMs) => phi(intervalMs, 8, 1),
  'φ 8, 3 accepted (default)': (intervalMs) => phi(intervalMs, 8, 3),
  'φ 12, 3 accepted': (intervalMs) => phi(intervalMs, 12, 3),
};

const phi = (intervalMs: number, threshold: number, accepted: number) =>
  phiAccrual({ intervalMs, threshold, minDeviationMs: intervalMs / 10, acceptablePauseMs: accepted * intervalMs });

function table(trace: Trace): string {
  const rows = Object.entries(detectors).map(([name, make]) => {
    const figures = measure(make(trace.intervalMs), trace);
    const cells = [
      String(figures.falsePositives),
      ((1000 * figures.falsePositives) / figures.heartbeats).toFixed(2),
      (100 * figures.wrong).toFixed(3),
      figures.detectionP50.toFixed(2),
      figures.detectionMax.toFixed(2),
    ];
    return `  ${name.padEnd(28)}${cells.map((cell) => cell.padStart(13)).join('')}`;
  });
  const head = ['false alarms', 'per 1000', '% wrong', 'p50', 'max'].map((cell) => cell.padStart(13)).join('');
  return [`${trace.name} (${trace.arrivals.length} heartbeats)`, `  ${''.padEnd(28)}${head}`, ...rows].join('\n');
}

function compare(seed: number, count: number): void {
  console.log(
    'False alarms while the member lives; time to detect its death, in intervals after its last heartbeat.\n',
  );
  const files = readdirSync(TRACES).filter((name) => name.endsWith('.json'));
  for (const file of files) console.log(`recorded: ${table(readTrace(join(TRACES, file)))}\n`);
  console.log(`Generated, seed ${seed}:\n`);
  for (const [name, delay] of Object.entries(kinds)) console.log(`${table(generate(name, delay, { seed, count }))}\n`);
}

async function keep(file: string, intervalMs: number, forMs: number): Promise<void> {
  const arrivals = await record(fileURLToPath(import.meta.url), { intervalMs, forMs });
  const spans = arrivals.slice(1).map((at, i) => Math.round(10 * (at - (arrivals[i] ?? 0))) / 10);
  writeFileSync(file, `${JSON.stringify({ name: basename(file, '.json'), intervalMs, spans })}\n`);
  console.log(`${spans.length} spans in ${file}`);
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '4242' },
    count: { type: 'string', default: '10000' },
    record: { type: 'string' },
    'interval-ms': { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    beat: { type: 'string' },
  },
});

if (values.beat) beatTo(Number(values.beat), Number(values['interval-ms']));
else if (values.record) await keep(values.record, Number(values['interval-ms']), 1_000 * Number(values.seconds));
else compare(Number(values.seed), Number(values.count));
