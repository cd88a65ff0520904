/**
 * npm run chaos -- [--seed N] [--minutes M | --faults kill=9,pause=9,partition=9,server=9 | --schedule FILE] …
 * npm run chaos -- --directed NAME [--times N] …
 *
 * Exit code 0: no violation. 1: a violation, or not as the scenario expects. 2: wrong usage.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bounds, judge, type Violation } from './checker.js';
import { type Directed, directed } from './directed.js';
import type { Evidence } from './history.js';
import { type Mutant, mutants } from './mutants.js';
import { unleash } from './nemesis.js';
import { moveIntoNamespace } from './packets.js';
import { toSvg, windowOf } from './picture.js';
import { toJson, toText, type Verdict } from './report.js';
import { makeSchedule, readQuota, type Step } from './schedule.js';
import { shortest, tell } from './shortest.js';
import { summarize } from './statistics.js';
import { World } from './world.js';
import { summarizeWrites } from './writes.js';

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    minutes: { type: 'string', default: '1' },
    /** So many of each kind, in place of a time. */
    faults: { type: 'string' },
    schedule: { type: 'string' },
    directed: { type: 'string' },
    times: { type: 'string' },
    workers: { type: 'string' },
    mutant: { type: 'string' },
    'session-ms': { type: 'string', default: '2000' },
    /** Of the candidates; a third of the session timeout if left out. */
    'lease-ms': { type: 'string' },
    /** Added to session timeout and lease: how late a leader may be, in ms. */
    'slack-ms': { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
    /** Draws the run. A violation is always drawn, in the folder of the histories. */
    svg: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const scenario = chosen<Directed>('directed', directed, given.directed);
const mutant = chosen<Mutant>('mutant', Object.fromEntries(mutants.map((name) => [name, name])), given.mutant);
const seed = Number(given.seed);
const quota = given.faults === undefined ? undefined : readQuota(given.faults, usage);
const sessionTimeoutMs = scenario?.sessionTimeoutMs ?? Number(given['session-ms']);
const dir = join('.tmp', 'chaos', `${given.directed ?? `seed-${seed}`}-${process.pid}`);

const exitCode = scenario ? undefined : await moveIntoNamespace(live);
if (exitCode !== undefined) process.exit(exitCode);
mkdirSync(dir, { recursive: true });
const verdict = await run();
if (verdict.passed && !given.keep) rmSync(dir, { recursive: true });
process.stdout.write(`${given.json ? toJson(verdict) : toText(verdict)}\n`);
process.exit(verdict.passed ? 0 : 1);

async function run(): Promise<Verdict> {
  const startedAt = performance.now();
  const workers = Number(given.workers ?? scenario?.workers ?? 5);
  const world = await World.create({
    ...{ dir, workers, sessionTimeoutMs, mutant, drainMs: given.directed === 'resign' ? 0 : 20 },
    standing: scenario?.standing ?? true,
    leaseMs: Number(given['lease-ms'] ?? Math.floor(sessionTimeoutMs / 3)),
    candidate: scenario?.options?.(sessionTimeoutMs),
  });
  try {
    await (scenario ? direct(world, scenario) : random(world));
    return await conclude(world, startedAt);
  } finally {
    await world[Symbol.asyncDispose]();
  }
}

async function random(world: World): Promise<void> {
  const forMs = quota || given.schedule ? Number.POSITIVE_INFINITY : Number(given.minutes) * 60_000;
  const schedule: Step[] = given.schedule
    ? JSON.parse(readFileSync(given.schedule, 'utf8'))
    : makeSchedule({ seed, sessionTimeoutMs, faults: quota ?? Math.ceil(forMs / 200) });
  writeFileSync(join(dir, 'schedule.json'), `[\n${schedule.map((step) => JSON.stringify(step)).join(',\n')}\n]\n`);
  live(`seed ${seed}: five workers on an ensemble of three`);
  world.fill();
  await unleash(world, schedule, forMs, ({ steps, step }) =>
    live(line(world, steps, `${step?.fault} of ${step?.target}`)),
  );
}

async function direct(world: World, { once, ...about }: Directed): Promise<void> {
  const times = Number(given.times ?? about.times);
  live(`${about.about}, ${times} times`);
  world.fill();
  for (let time = 0; time < times; time++) {
    if (about.standing) await world.leading();
    await once(world, time, times);
    live(line(world, time + 1, given.directed ?? ''));
  }
}

function line({ tokens, leader }: World, steps: number, step: string): string {
  return `${steps} steps, ${tokens.size} elections, ${leader?.who ?? 'nobody'} leads; ${step}`;
}

/** On a terminal one line that changes; else nothing but the beginning. */
function live(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (!given.json) process.stderr.write(`${text}\n`);
}

async function conclude(world: World, startedAt: number): Promise<Verdict> {
  const history = await world.finish();
  const { leaseMs } = world;
  const bounds = { recoveryMs: sessionTimeoutMs + leaseMs + Number(given['slack-ms']), leaseMs };
  const violations = judge(history, bounds);
  const complaints = scenario?.complaints?.(history, world) ?? [];
  if (given.svg) writeFileSync(given.svg, toSvg(history, windowOf(history)));
  if (violations[0]) show(history, bounds, violations[0]);
  writeFileSync(join(dir, 'faults.json'), JSON.stringify(history.faults, undefined, 1));
  const tookMs = performance.now() - startedAt;
  const passed = violations.length + complaints.length === 0;
  const [summary, writes] = [summarize(history, bounds), summarizeWrites(history)];
  return { passed, violations, complaints, summary, writes, tookMs, replay: replay(passed), dir };
}

/** The first violation: a picture of what was around it, and the shortest history that shows it. */
function show(evidence: Evidence, bounds: Bounds, violation: Violation): void {
  writeFileSync(join(dir, 'violation.svg'), toSvg(evidence, windowOf(evidence, violation), violation));
  const lines = tell(shortest(evidence, bounds, violation));
  writeFileSync(join(dir, 'shortest.txt'), `${violation.law}: ${violation.what}\n\n${lines.join('\n')}\n`);
}

function replay(passed: boolean): string {
  const until = quota ? `--faults ${given.faults}` : `--minutes ${given.minutes}`;
  const drawn = given.schedule ? `--schedule ${given.schedule}` : `--seed ${seed} ${until}`;
  const how = scenario ? `--directed ${given.directed}` : drawn;
  const schedule =
    scenario || given.schedule || (passed && !given.keep) ? '' : `, or --schedule ${join(dir, 'schedule.json')}`;
  const more = (['times', 'workers', 'session-ms', 'lease-ms', 'mutant'] as const)
    .filter((option) => given[option] !== undefined && !(option === 'session-ms' && scenario))
    .map((option) => ` --${option} ${given[option]}`);
  return `npm run chaos -- ${how}${more.join('')}${schedule}`;
}

function chosen<T>(option: string, table: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  if (name === undefined || Object.hasOwn(table, name)) return name === undefined ? undefined : table[name];
  return usage(`--${option} is one of ${Object.keys(table).join(', ')}`);
}

function usage(text: string): never {
  process.stderr.write(`${text}\n`);
  return process.exit(2);
}
