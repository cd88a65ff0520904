/** A mutant: one line taken out or changed, and the spec that must see it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Mutant {
  /** What goes wrong. */
  readonly name: string;
  /** Below the root of the tree. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
  /** Or several, separated by a space: they are tried in turn until one sees it. */
  readonly spec: string;
  /** Of vitest; `unit` unless the spec is a real one. */
  readonly project?: string;
  /** Which tests; all of the spec unless given. */
  readonly test?: string;
}

export interface Verdict {
  readonly mutant: Mutant;
  readonly outcome: 'red' | 'SURVIVED' | 'NOT FOUND' | 'NO TEST';
  /** The tests that saw it. */
  readonly seenBy: readonly string[];
}

/** How long one mutant may take, in ms: some of them hang, which is red as well. */
const LIMIT_MS = 120_000;

/** Judges each in turn, in a copy of the tree that is put right again after each. */
export function judge(mutants: readonly Mutant[], say: (verdict: Verdict) => void): readonly Verdict[] {
  const tree = mkdtempSync(join(tmpdir(), 'mutants-'));
  try {
    for (const part of ['lib', 'spec', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
      cpSync(part, join(tree, part), { recursive: true });
    symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
    return mutants.map((mutant) => {
      const verdict = { mutant, ...tryOut(tree, mutant) };
      say(verdict);
      return verdict;
    });
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function tryOut(tree: string, mutant: Mutant): Omit<Verdict, 'mutant'> {
  const path = join(tree, mutant.file);
  const text = readFileSync(path, 'utf8');
  if (text.split(mutant.from).length !== 2) return { outcome: 'NOT FOUND', seenBy: [] };
  writeFileSync(
    path,
    text.replace(mutant.from, () => mutant.to),
  );
  try {
    return runEach(tree, mutant, mutant.spec.split(' '));
  } finally {
    writeFileSync(path, text);
  }
}

function runEach(tree: string, mutant: Mutant, [spec = '', ...more]: readonly string[]): Omit<Verdict, 'mutant'> {
  const verdict = run(tree, { ...mutant, spec });
  return verdict.outcome === 'SURVIVED' && more.length > 0 ? runEach(tree, mutant, more) : verdict;
}

/** What vitest reports, as JSON. */
interface Report {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

function run(tree: string, { spec, project = 'unit', test }: Mutant): Omit<Verdict, 'mutant'> {
  const out = join(tree, 'report.json');
  rmSync(out, { force: true });
  const words = ['vitest', 'run', '--project', project, spec, '--reporter=json', `--outputFile=${out}`];
  const { status } = spawnSync('npx', [...words, ...(test ? ['-t', test] : [])], {
    cwd: tree,
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  if (status === null) return { outcome: 'red', seenBy: [`no end within ${LIMIT_MS} ms`] };
  const { testResults }: Report = JSON.parse(readFileSync(out, 'utf8'));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  if (!tests.some((one) => one.status === 'passed' || one.status === 'failed'))
    return { outcome: 'NO TEST', seenBy: [] };
  const seenBy = tests.filter((one) => one.status === 'failed').map(({ title }) => title);
  return { outcome: status === 0 ? 'SURVIVED' : 'red', seenBy };
}
