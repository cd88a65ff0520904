/**
 * npm run chaos:redis -- [--runs 200] [--seed N] [--lease-ms 1500] [--slack-ms 2000] [--mutant flag] [--json] [--keep]
 *
 * Four candidate processes, two on each client library, on one Redis that keeps nothing on disk. Each run is one fault:
 * the leader is killed, put to sleep past its lease, cut off, or resigns; Redis is put to sleep, or killed and started
 * again empty. Exit code 0: no law was broken. 1: one was, or somebody did not leave.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { check, handOvers, of, recoveries, type Violation } from '../chaos/checker.js';
import { type Fault, type History, millis, type Occurrence, readWitnesses } from '../chaos/history.js';
import { startProxy } from '../support/proxy.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { until } from '../support/until.js';
import { Member, type Setup } from './chaos-member.js';

const { values: given } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    'lease-ms': { type: 'string', default: '1500' },
    'slack-ms': { type: 'string', default: '2000' },
    mutant: { type: 'string' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const leaseMs = Number(given['lease-ms']);
const dir = join('.tmp', 'chaos-redis', `seed-${given.seed}-${process.pid}`);
const faults: Fault[] = [];
const ends: Occurrence[] = [];
const random = seeded(Number(given.seed));

export interface Verdict {
  readonly passed: boolean;
  readonly violations: readonly Violation[];
  readonly left: readonly string[];
  readonly runs: number;
  readonly elections: number;
  /** Negative: apart. */
  readonly closestMs: number;
  readonly faults: readonly { readonly name: string; readonly count: number; readonly worstRecoveryMs: number }[];
  readonly seed: string;
}

/** What can happen; returns when it is over. */
type Inflict = (world: World, leader: Member) => Promise<unknown>;

interface World {
  readonly server: RedisServer;
  readonly members: readonly Member[];
}

const inflictions: Readonly<Record<string, Inflict>> = {
  'leader killed': async (_, leader) => {
    ends.push({ kind: 'killed', who: leader.who, at: await leader.kill() });
  },
  'leader asleep past its lease': async (_, leader) => {
    leader.signal('SIGSTOP');
    await pause(leaseMs * (1.5 + random()));
    leader.signal('SIGCONT');
  },
  'leader cut off': async (_, { wire }) => {
    wire.hold();
    await pause(leaseMs * (0.5 + random()));
    wire.forward();
  },
  'leader resigns': async (_, leader) => leader.tell('resign'),
  'Redis restarted empty': ({ server }) => server.restart(),
  'Redis asleep': async ({ server }) => {
    server.pause();
    await pause(leaseMs * (0.2 + 1.5 * random()));
    server.resume();
  },
  'Redis gone for a while, then empty': async ({ server }) => {
    await server.kill();
    await pause(leaseMs * random());
    await server.start();
  },
};

mkdirSync(dir, { recursive: true });
const verdict = await run();
if (verdict.passed && !given.keep) rmSync(dir, { recursive: true });
process.stdout.write(`${given.json ? JSON.stringify(verdict) : textOf(verdict)}\n`);
process.exit(verdict.passed ? 0 : 1);

async function run(): Promise<Verdict> {
  await using server = await startRedis();
  const members = await Promise.all([0, 1, 2, 3].map((at) => member(at, server)));
  try {
    for (let time = 0; time < Number(given.runs); time += 1) await once({ server, members }, time);
    await settled(members);
    return judge(await finish(members));
  } finally {
    for (const one of members.filter(({ alive }) => alive)) await one.kill();
    await Promise.all(members.map(({ wire }) => wire[Symbol.asyncDispose]()));
  }
}

async function member(at: number, server: RedisServer): Promise<Member> {
  const wire = await startProxy(server.connect, { framed: false });
  const library = at % 2 === 0 ? ('redis' as const) : ('ioredis' as const);
  const options = { url: `redis://${wire.connect}`, library, leaseMs };
  return new Member({ id: `w${at + 1}`, dir, options, mutant: given.mutant as Setup['mutant'] }, wire);
}

async function once(world: World, time: number): Promise<void> {
  const leader = await settled(world.members);
  const names = Object.keys(inflictions);
  const name = names[time % names.length] as string;
  const from = millis();
  await inflictions[name]?.(world, leader);
  faults.push({ name, target: leader.who, from, until: millis() });
  // Every fourth fault comes upon the one before it.
  if (random() < 0.75) await settled(world.members);
}

/** Everybody lives, and somebody leads. What is late is for the checker to judge. */
async function settled(members: readonly Member[]): Promise<Member> {
  for (const one of members.filter(({ alive }) => !alive)) one.spawn();
  const leader = () => [...members].filter(({ token }) => token > 0n).sort((a, b) => (b.token > a.token ? 1 : -1))[0];
  const describe = () => `a leader among ${JSON.stringify(members.map(({ who, news }) => [who, news]))}`;
  return until(leader, { within: 30_000, describe });
}

async function finish(members: readonly Member[]): Promise<{ history: History; left: string[] }> {
  const end = millis();
  const gone = await Promise.all(members.map((one) => one.leave(15_000)));
  const left = members.filter((_, at) => !gone[at]).map(({ who }) => who);
  for (const who of left) ends.push({ kind: 'killed', who, at: millis() });
  const { spans, occurrences } = readWitnesses(dir);
  return { history: { spans, occurrences: [...occurrences, ...ends], faults, end }, left };
}

/** After Redis has forgotten, a whole lease passes before anybody gets the next. */
function judge({ history, left }: { history: History; left: string[] }): Verdict {
  const bounds = { leaseMs, recoveryMs: 2 * leaseMs + Number(given['slack-ms']) };
  const violations = check(history, bounds);
  const recovered = recoveries(history, bounds);
  const names = [...new Set(faults.map(({ name }) => name))];
  return {
    passed: violations.length + left.length === 0,
    violations,
    left,
    runs: faults.length,
    elections: history.occurrences.filter(({ kind }) => kind === 'claim').length,
    closestMs: Math.max(...handOvers(of(history.spans, 'belief')).map(({ overlapMs }) => overlapMs)),
    faults: names.map((name) => ({
      name,
      count: faults.filter((fault) => fault.name === name).length,
      worstRecoveryMs: Math.max(
        0,
        ...recovered.filter(({ fault }) => fault.name === name).map(({ afterMs }) => afterMs),
      ),
    })),
    seed: given.seed,
  };
}

function textOf({ passed, violations, left, runs, elections, closestMs, faults, seed }: Verdict): string {
  return [
    `${runs} runs, ${elections} elections; closest two beliefs: ${closestMs.toFixed(3)} ms (negative: apart)`,
    ...faults.map(
      ({ name, count, worstRecoveryMs }) =>
        `${name.padEnd(36)} ${String(count).padStart(4)}   a leader again after at most ${Math.round(worstRecoveryMs)} ms`,
    ),
    ...violations.map(({ law, at, what }) => `VIOLATION of "${law}" at ${at.toFixed(3)}: ${what}`),
    ...left.map((who) => `${who} did not leave within its time`),
    passed ? 'PASSED: no violation.' : `FAILED. Histories: ${dir}`,
    `replay: npm run chaos:redis -- --runs ${runs} --seed ${seed}`,
  ].join('\n');
}

/** The same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
