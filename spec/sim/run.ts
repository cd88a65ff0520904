/**
 * npm run sim -- PROTOCOL [--runs N] [--seed N] [--jobs N] [--first] [--trace]
 *
 * Exit code 0: no violation. 1: a violation. 2: wrong usage.
 */
import { parseArgs } from 'node:util';
import { jobs, type Part, runPart } from './jobs.js';
import { subjects } from './subjects.js';
import { told } from './tally.js';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000' },
    /** Of the first run; the next has the next. */
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    /** Processes that share the runs. */
    jobs: { type: 'string', default: '1' },
    /** Ends with the first violation. */
    first: { type: 'boolean', default: false },
    /** Writes every event of a run. */
    trace: { type: 'boolean', default: false },
  },
});
const name = positionals[0] ?? '';
const part: Part = {
  ...{ name, first: given.first, trace: given.trace },
  ...{ runs: Number(given.runs), seed: Number(given.seed) },
};
const processes = Number(given.jobs);
if (!Object.hasOwn(subjects, name) || !(part.runs >= 1 && processes >= 1) || !Number.isSafeInteger(part.seed)) {
  const usage = `${Object.keys(subjects).join('|')} [--runs N] [--seed N] [--jobs N] [--first] [--trace]`;
  process.stderr.write(`npm run sim -- ${usage}\n`);
  process.exit(2);
}
const startedAt = performance.now();
const total = await (processes > 1 ? jobs(part, processes) : runPart(part));
process.send?.(total);
if (!process.send) process.stdout.write(told(part, total, (performance.now() - startedAt) / 1_000));
process.exitCode = total.violations === 0 ? 0 : 1;
