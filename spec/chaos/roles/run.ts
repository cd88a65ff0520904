/**
 * npm run chaos:roles -- [--seed N] [--times N] [--mutant NAME] [--json]
 *
 * Three processes own one role in turn, and each writes in a loop while it does. So often the owner's wire is held and
 * the process is stopped, until another has claimed: because the session expired, or because an operator has taken the
 * owner's place away while its session lives on. Then wire and process go on, with the writes that were under way.
 *
 * Exit code 0: no write of an older term after the next claim. 1: a violation. 2: wrong usage.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seeded } from '../../../lib/sim/random.js';
import { type Mutant, mutants } from './setup.js';
import { Stage } from './stage.js';

const { values: given } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    times: { type: 'string', default: '500' },
    mutant: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const mutant = mutants.find((name) => name === given.mutant) as Mutant | undefined;
if (given.mutant !== undefined && !mutant) {
  process.stderr.write(`--mutant is one of ${mutants.join(', ')}\n`);
  process.exit(2);
}
const handOvers = { expired: 0, evicted: 0 };
const seed = Number(given.seed);
const random = seeded(seed);
const dir = join('.tmp', 'chaos', `roles-${seed}-${process.pid}`);
mkdirSync(dir, { recursive: true });

const stage = await Stage.open({ dir, sessionTimeoutMs: 1_000, leaseMs: 250, mutant });
const verdict = await run().finally(() => stage[Symbol.asyncDispose]());
const passed = verdict.violations.length === 0;
if (passed) rmSync(dir, { recursive: true });
process.stdout.write(`${given.json ? JSON.stringify({ passed, seed, handOvers, ...verdict }) : text()}\n`);
process.exit(passed ? 0 : 1);

async function run() {
  const since = performance.now();
  for (let time = 0; time < Number(given.times); time++) await handOver();
  return { ...(await stage.finish()), tookMs: Math.round(performance.now() - since) };
}

/** From an owner that is stopped with writes under way to one that serves, and back to life. */
async function handOver(): Promise<void> {
  const owner = await stage.serving();
  const evicts = random() < 0.5;
  handOvers[evicts ? 'evicted' : 'expired']++;
  await pause(40 * random());
  owner.wire.hold();
  await pause(30 * random());
  owner.signal('SIGSTOP');
  if (evicts) await stage.evict(owner);
  await stage.serving(owner.token);
  const awake = [() => owner.wire.forward(), () => owner.signal('SIGCONT')];
  if (random() < 0.5) awake.reverse();
  for (const wake of awake) {
    wake();
    await pause(10 * random());
  }
}

function text(): string {
  const { claims, committed, outcomes, stale, violations, tookMs } = verdict;
  return [
    `${handOvers.expired} owners lost their session and ${handOvers.evicted} their place; ${claims} claims in ${Math.round(tookMs / 1000)} s`,
    `${committed} writes committed in ZooKeeper`,
    ...Object.entries(outcomes).map(([what, count]) => `${what}: ${count}`),
    `stale writes that a table without a fence took: ${stale}`,
    ...violations.slice(0, 20).map((violation) => `VIOLATION: ${violation}`),
    passed ? 'PASSED: no write of an older term after the next claim.' : `FAILED: ${violations.length}, see ${dir}`,
    `replay: npm run chaos:roles -- --seed ${seed} --times ${given.times}${mutant ? ` --mutant ${mutant}` : ''}`,
  ].join('\n');
}
