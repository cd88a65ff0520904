/** Spin, the model checker: Debian's package `spin`, and a C compiler, which turns its checkers into programs. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Rule } from './rules.js';

const MODEL = resolve('spec/model/election.pml');
const LIMIT_MS = 300_000;
const waysOut = `The model needs Spin and a C compiler, and found none. Ways out: install Debian's packages spin, gcc and libc6-dev
(root on Debian: they are installed by themselves), or put \`spin\` and \`gcc\` on the path.`;

export interface Verdict {
  readonly verdict: 'holds' | 'refuted';
  readonly states: number;
  readonly seconds: number;
  /** What happens in the run that refutes it, step by step. */
  readonly story: readonly string[];
}

/** Whether no run breaks the property; the shortest that does, if one does. */
export async function check({ switches, verdict }: Rule): Promise<Verdict> {
  const room = await mkdtemp(join(tmpdir(), 'model-'));
  const defines = switches.map((one) => `-D${one}`);
  const startedAt = performance.now();
  const run = (program: string, ...words: string[]) => aside(room, program, words);
  try {
    await run('spin', '-a', ...defines, MODEL);
    // The shortest counterexample is found in breadth, and mostly soon; that there is none, faster in depth.
    const how = verdict === 'refuted' ? ['-O0', '-DBFS'] : ['-O1'];
    await run('gcc', '-w', ...how, '-DSAFETY', '-DNOFAIR', '-o', 'pan', 'pan.c');
    const found = verdictOf(await run('./pan', '-m1000000'));
    const story =
      found.verdict === 'refuted' ? await run('spin', ...defines, '-k', 'election.pml.trail', '-T', MODEL) : '';
    return { ...found, seconds: (performance.now() - startedAt) / 1_000, story: stepsOf(story) };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/** What a program has written, at a low priority: others run beside it, and some of them by the clock. */
async function aside(cwd: string, program: string, words: readonly string[]): Promise<string> {
  const running = promisify(execFile)(program, words, { cwd, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 2 ** 26 });
  const { pid } = running.child;
  if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  return (await running).stdout;
}

/** Only a search that ended by itself says anything. */
function verdictOf(told: string): Pick<Verdict, 'verdict' | 'states'> {
  const errors = /errors: (\d+)/.exec(told)?.[1];
  const states = Number(/(\d+) states, stored/.exec(told)?.[1]);
  if (errors === undefined || !(states > 0) || told.includes('too small'))
    throw new Error(`Spin did not finish:\n${told}`);
  if (errors === '0') {
    if (told.includes('Search not completed')) throw new Error(`Spin did not finish:\n${told}`);
    return { verdict: 'holds', states };
  }
  if (!told.includes('assertion violated')) throw new Error(`Spin found something else:\n${told}`);
  return { verdict: 'refuted', states };
}

const stepsOf = (story: string): string[] => {
  const lines = story.split('\n').map((line) => line.trim());
  return lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('spin:')),
  );
};

/** Makes sure that Spin can be run, installing it where that is possible. */
export function ensureSpin(): void {
  if (hasSpin()) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw new Error(waysOut);
  process.stderr.write('succession: installing Spin from Debian\n');
  apt('update');
  apt('install', '-y', '--no-install-recommends', 'spin', 'gcc', 'libc6-dev');
  if (!hasSpin()) throw new Error(waysOut);
}

const hasSpin = () => ['spin', 'gcc'].every((program) => spawnSync('which', [program]).status === 0);

function apt(...words: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr } = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...words], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`apt-get ${words.join(' ')} failed:\n${stderr}\n${waysOut}`);
}
