/**
 * npm run sim -- PROTOCOL [--runs N] [--seed N] [--trace]
 *
 * Exit code 0: no violation. 1: a violation. 2: wrong usage.
 */

import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Outcome, type Subject, subjects } from './subjects.js';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000' },
    /** Of the first run; the next has the next. */
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    /** Writes every event of a run. */
    trace: { type: 'boolean', default: false },
  },
});
const name = positionals[0] ?? '';
const subject = Object.hasOwn(subjects, name) ? subjects[name] : undefined;
const [runs, first] = [Number(given.runs), Number(given.seed)];
if (!subject || !(runs >= 1) || !Number.isSafeInteger(first)) {
  process.stderr.write(`npm run sim -- ${Object.keys(subjects).join('|')} [--runs N] [--seed N] [--trace]\n`);
  process.exit(2);
}
process.exit((await runAll(subject)) === 0 ? 0 : 1);

/** Between two runs the promises of the one that has ended settle. */
async function runAll({ run, laws }: Subject): Promise<number> {
  const startedAt = performance.now();
  const total = { elections: 0, events: 0, messages: 0, crashes: 0, violations: 0, virtualMs: 0 };
  for (let seed = first; seed < first + runs; seed++) {
    const report = run(seed, given.trace ? (line) => process.stdout.write(`${line}\n`) : undefined);
    const broken = report.violations.filter(({ law }) => laws.includes(law));
    total.violations += broken.length;
    for (const violation of broken) tell(report, violation);
    add(total, report);
    await setImmediate();
  }
  sum(total, (performance.now() - startedAt) / 1_000);
  return total.violations;
}

type Total = { elections: number; events: number; messages: number; crashes: number; virtualMs: number };

function add(total: Total, { leaderships, counts, endedAtMs }: Outcome): void {
  total.elections += leaderships.length;
  total.events += counts.events;
  total.messages += counts.messages;
  total.crashes += counts.crashes;
  total.virtualMs += endedAtMs;
}

function tell({ seed }: Outcome, { law, what, atMs }: Outcome['violations'][number]): void {
  process.stdout.write(`seed ${seed}: ${law}: ${what} (at ${atMs.toFixed(3)} ms)\n`);
  process.stdout.write(`  npm run sim -- ${name} --runs 1 --seed ${seed} --trace\n`);
}

function sum({ violations, ...total }: Total & { violations: number }, tookS: number): void {
  const rate = (count: number) => Math.round(count / tookS);
  process.stdout.write(
    `${name}: ${runs} runs, seeds ${first} to ${first + runs - 1}, in ${tookS.toFixed(1)} s: ` +
      `${rate(60 * runs)} runs/min, ${rate(total.events)} events/s, ${rate(total.virtualMs / 1_000)} times real time\n` +
      `${total.elections} elections, ${total.messages} messages, ${total.crashes} crashes, ` +
      `${(total.virtualMs / 3_600_000).toFixed(1)} hours of virtual time\n` +
      `${violations} violations\n`,
  );
}
