/** One mutant of the recipe in the simulation: how many runs it takes until one shows a violation. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';

export interface Change {
  /** What goes wrong. */
  readonly name: string;
  /** Below the root of the tree. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
  /** What `to` needs of RxJS. */
  readonly imports?: string;
  /** Why nobody can tell it apart. */
  readonly equivalent?: string;
}

export interface Trial {
  /** The law that was broken first; `undefined` if none was. */
  readonly law: string | undefined;
  /** The one that showed it included. */
  readonly runs: number;
}

/** A copy of the compiled programs, beside them. */
export const newTree = (programs: string): string => {
  const tree = mkdtempSync(join(programs, '..', 'mutants-'));
  for (const part of ['lib', 'spec']) cpSync(join(programs, part), join(tree, part), { recursive: true });
  return tree;
};
export const removeTree = (tree: string): void => rmSync(tree, { recursive: true, force: true });

/** Puts the tree right again afterwards. */
export async function tryOut(tree: string, change: Change, runs: number): Promise<Trial> {
  const path = join(tree, change.file.replace(/\.ts$/, '.js'));
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, mutated(change));
  try {
    return await simulate(tree, runs);
  } finally {
    writeFileSync(path, before);
  }
}

function mutated({ name, file, from, to, imports }: Change): string {
  const source = readFileSync(file, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`"${name}" does not fit ${file}`);
  const more = imports ? `import { ${imports} } from 'rxjs';\n` : '';
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
  return ts.transpileModule(more + source.replace(from, () => to), { compilerOptions }).outputText;
}

/** `seed 7: LAW: …` for each violation, then `zookeeper: 7 runs, …`. */
async function simulate(tree: string, runs: number): Promise<Trial> {
  const words = [join(tree, 'spec/sim/run.js'), 'zookeeper', '--runs', `${runs}`, '--seed', '1', '--first'];
  const program = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(program.stdout), text(program.stderr), once(program, 'exit')]);
  const told = /^zookeeper: (\d+) runs/m.exec(out);
  const law = /^seed \d+: ([^:]+):/m.exec(out)?.[1];
  if (!told) throw new Error(`the simulation has ended without a word:\n${err}`);
  return { law, runs: Number(told[1]) };
}
