/**
 * npm run sim:mutants -- [--only PATTERN] [--runs N] [--jobs N] [--real]
 *
 * Each rule of the recipe, taken out: where that is seen, and after how many runs. `--real` also runs those that only an
 * ensemble can show. Exit code 1 if one is seen nowhere.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judge } from '../../support/mutant.js';
import { equivalent, inSpecs, onAnEnsemble } from './elsewhere.js';
import { ofTheLease } from './lease.js';
import { ofTheLine } from './line.js';
import { tryForReal } from './real.js';
import { type Change, newTree, removeTree, tryOut } from './trial.js';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    /** As many runs as a mutant has to be seen in. */
    runs: { type: 'string', default: '10000' },
    /** Mutants tried at once. */
    jobs: { type: 'string', default: '1' },
    real: { type: 'boolean', default: false },
  },
});
const programs = fileURLToPath(new URL('../../..', import.meta.url));
const chosen = <T extends { readonly name: string }>(all: readonly T[]) =>
  all.filter(({ name }) => new RegExp(given.only).test(name));
const rows = chosen<{ readonly name: string }>([
  ...ofTheLease,
  ...ofTheLine,
  ...inSpecs,
  ...onAnEnsemble,
  ...equivalent,
]);
if (rows.length === 0) throw new Error(`no rule has a name like --only ${given.only}`);
let unseen = 0;
/** In how many runs what was proved equivalent must not be seen. */
const PROOF_RUNS = 200;

line('mutant', 'seen by', 'after');
await simulateAll();
if (chosen(inSpecs).length > 0)
  judge(chosen(inSpecs), ({ mutant, outcome, seenBy }) =>
    seen(mutant.name, outcome === 'red' ? `${mutant.spec}: ${seenBy[0]}` : undefined, '1 run'),
  );
for (const { name, words } of chosen(onAnEnsemble)) {
  if (!given.real) line(name, `npm run chaos -- ${words.join(' ')}`, 'not run: --real');
  else await tryForReal(programs, words).then(({ by, after }) => seen(name, by, after));
}
for (const { name, why } of chosen(equivalent)) process.stdout.write(`\n${name}: equivalent.\n  ${why}\n`);
process.stdout.write(unseen === 0 ? '\nevery one was seen\n' : `\n${unseen} were not seen\n`);
process.exitCode = unseen === 0 ? 0 : 1;

async function simulateAll(): Promise<void> {
  const waiting = chosen([...ofTheLease, ...ofTheLine]);
  const worker = async () => {
    const tree = newTree(programs);
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) await simulateOne(tree, next);
    } finally {
      removeTree(tree);
    }
  };
  await Promise.all(Array.from({ length: Number(given.jobs) }, worker));
}

async function simulateOne(tree: string, change: Change): Promise<void> {
  if (change.equivalent) return proved(tree, change, change.equivalent);
  const { law, runs } = await tryOut(tree, change, Number(given.runs));
  seen(change.name, law && `simulation: ${law}`, `${runs} runs`);
}

/** A proof is tried too: it is wrong if somebody sees the difference. */
async function proved(tree: string, change: Change, why: string): Promise<void> {
  const { law, runs } = await tryOut(tree, change, Math.min(Number(given.runs), PROOF_RUNS));
  seen(change.name, law === undefined ? `equivalent: ${why}` : undefined, `${runs} runs`);
}

function seen(name: string, by: string | undefined, after: string): void {
  if (by === undefined) unseen += 1;
  line(name, by ?? 'NOBODY', after);
}

function line(name: string, by: string, after: string): void {
  process.stdout.write(`${name.padEnd(72)} ${after.padStart(16)}   ${by}\n`);
}
