/**
 * npm run mutants -- ROOM [--only WORD] [--jobs N]
 *
 * What each line is for: takes it out, in a copy of the tree, and runs the spec that needs it. A mutant is good when its
 * spec is red; one that survives is a spec that cannot fail. Exit code 1 if any survives. Tables: spec/ROOM/mutants.ts.
 */
import { parseArgs } from 'node:util';
import { judge, type Mutant, type Verdict } from './mutant.js';

export type { Mutant } from './mutant.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' } },
});
/** The table of a room; a message for people where there is none. */
async function tableOf(room: string): Promise<readonly Mutant[] | string> {
  if (room === 'chaos') return 'its mutants are workers of its own: npm run chaos -- --mutant flag|slow-clock|no-fence';
  if (room === 'sim') return 'its mutants are tried by the simulation: npm run sim:mutants';
  const table: { mutants?: readonly Mutant[] } = await import(`../${room}/mutants.js`).catch(() => ({}));
  return table.mutants ?? `there is no spec/${room}/mutants.ts`;
}

const survivors: Verdict[] = [];
for (const room of positionals) {
  const mutants = await tableOf(room);
  if (typeof mutants === 'string') {
    console.error(`${room}: ${mutants}`);
    process.exit(2);
  }
  const chosen = mutants.filter(({ name }) => !values.only || name.includes(values.only));
  console.log(`${room}: ${chosen.length} mutants`);
  const verdicts = judge(chosen, ({ mutant, outcome, seenBy }) => {
    console.log(
      `${outcome.padEnd(9)} ${mutant.name}${seenBy.length ? `\n${' '.repeat(10)}seen by: ${seenBy.join('; ')}` : ''}`,
    );
  });
  survivors.push(...verdicts.filter(({ outcome }) => outcome !== 'red'));
}
console.log(survivors.length === 0 ? 'every one was seen' : `${survivors.length} were not seen`);
process.exitCode = survivors.length === 0 ? 0 : 1;
