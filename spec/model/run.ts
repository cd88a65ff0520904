/**
 * npm run model [-- SWITCH]
 *
 * Prints the verdict on each rule; with a switch of the model, the shortest run that refutes it. Exit code 0: as
 * expected. 1: not. 2: wrong usage.
 */
import { alive, type Rule, recipe, unsound } from './rules.js';
import { check, ensureSpin } from './spin.js';

const all = [recipe, ...unsound, ...alive];
const asked = process.argv[2];
const chosen = asked === undefined ? all : all.filter(({ switches }) => switches[0] === asked);
if (chosen.length === 0) {
  process.stderr.write(`npm run model [-- ${all.flatMap(({ switches }) => switches[0] ?? []).join('|')}]\n`);
  process.exit(2);
}
ensureSpin();
process.stdout.write(`${'rule'.padEnd(72)}${'verdict'.padEnd(22)}${'states'.padStart(9)}${'seconds'.padStart(9)}\n`);
process.exitCode = 0;
for (const rule of chosen) if (!(await asExpected(rule))) process.exitCode = 1;

async function asExpected(rule: Rule): Promise<boolean> {
  const { verdict, states, seconds, story } = await check(rule);
  const words = verdict === 'holds' ? verdict : `refuted in ${story.length} steps`;
  const surprise = verdict === rule.verdict ? '' : '  unexpected';
  process.stdout.write(
    `${rule.name.padEnd(72)}${words.padEnd(22)}${String(states).padStart(9)}${seconds.toFixed(1).padStart(9)}${surprise}\n`,
  );
  if (asked !== undefined) process.stdout.write(`${story.map((line) => `  ${line}\n`).join('')}`);
  return verdict === rule.verdict;
}
