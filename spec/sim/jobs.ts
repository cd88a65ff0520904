/** Many runs, in this process or shared among several. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Outcome, subjects } from './subjects.js';
import { add, NOTHING, type Total, totalOf } from './tally.js';

/** Runs of one protocol, from a seed on. */
export interface Part {
  readonly name: string;
  readonly runs: number;
  readonly seed: number;
  /** Ends with the first violation. */
  readonly first: boolean;
  readonly trace: boolean;
}

/** Between two runs the promises of the one that has ended settle. */
export async function runPart({ name, runs, seed: from, first, trace }: Part): Promise<Total> {
  const { run, laws } = subjects[name]!;
  // Refused requests are many, and nobody reads where they came from.
  Error.stackTraceLimit = trace ? 10 : 0;
  let total = NOTHING;
  for (let seed = from; seed < from + runs && !(first && total.violations > 0); seed++) {
    const report = run(seed, trace ? (line) => process.stdout.write(`${line}\n`) : undefined);
    const broken = report.violations.filter(({ law }) => laws.includes(law));
    for (const violation of broken) tell(name, report, violation);
    total = add(total, totalOf(report, broken.length));
    await setImmediate();
  }
  return total;
}

const program = fileURLToPath(new URL('./run.js', import.meta.url));

/** Each process has a range of the seeds. */
export async function jobs(part: Part, processes: number): Promise<Total> {
  const bounds = Array.from({ length: processes + 1 }, (_, index) => Math.round((index * part.runs) / processes));
  const ranges = bounds
    .slice(1)
    .map((end, index) => ({ seed: part.seed + bounds[index]!, runs: end - bounds[index]! }));
  const totals = await Promise.all(ranges.filter(({ runs }) => runs > 0).map((range) => child({ ...part, ...range })));
  return totals.reduce(add);
}

async function child({ name, runs, seed, first, trace }: Part): Promise<Total> {
  const flags = [...(first ? ['--first'] : []), ...(trace ? ['--trace'] : [])];
  const job = fork(program, [name, '--runs', `${runs}`, '--seed', `${seed}`, ...flags]);
  let total: Total | undefined;
  job.on('message', (message) => {
    total = message as Total;
  });
  const [code] = await once(job, 'close');
  if (!total) throw new Error(`the runs from seed ${seed} on ended with exit code ${code} and told nothing`);
  return total;
}

function tell(name: string, { seed }: Outcome, { law, what, atMs }: Outcome['violations'][number]): void {
  process.stdout.write(`seed ${seed}: ${law}: ${what} (at ${atMs.toFixed(3)} ms)\n`);
  process.stdout.write(`  npm run sim -- ${name} --runs 1 --seed ${seed} --trace\n`);
}
