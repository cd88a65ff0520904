/**
 * `npm run bench:server [-- start-up serving memory]`: the embedded server beside a real one, both in processes of their
 * own, in one run and in turns, so that whatever else the machine does befalls both. The real one runs as in production:
 * with a heap of its own size and the optimising compiler.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { BareClient } from '../support/bare-client.js';
import { ensureServers } from '../support/install.js';
import { startZooKeeper } from '../support/zookeeper.js';
import { handOver, load, median, percentile, processorTime, requests } from './bench-load.js';
import { compareMemory } from './bench-memory.js';

const ROUNDS = 7;
/** One client's requests take a while to find the way into compiled code, on both sides. */
const WARM_UP_MS = 1_500;
const ROUND_MS = 400;

interface Server {
  readonly connect: string;
  readonly pid: number;
}

/** As users start it: `succession server`. */
async function startProcess(): Promise<AsyncDisposable & Server> {
  const program = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'server', '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [connect] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { connect, pid: child.pid as number, [Symbol.asyncDispose]: stop };
}

const startInProcess = async () => {
  const zk = await EmbeddedZooKeeper.start();
  return { connect: zk.connectString, [Symbol.asyncDispose]: () => zk[Symbol.asyncDispose]() };
};

/** From nothing to the first answer to a client, in ms, each time. */
async function startUps(start: () => Promise<AsyncDisposable & { connect: string }>, times: number): Promise<number[]> {
  const all: number[] = [];
  while (all.length < times) {
    const from = performance.now();
    await using server = await start();
    using client = await BareClient.connect(server.connect);
    await client.getData('/');
    all.push(performance.now() - from);
  }
  return all;
}

const ms = (time: number): string => `${time.toFixed(time < 10 ? 2 : 0)} ms`;

async function compareStartUp(): Promise<void> {
  const here = await startUps(startInProcess, 20);
  const [process, real] = [await startUps(startProcess, 5), await startUps(() => startZooKeeper(), 5)];
  const times = (ours: number) => `${(median(real) / ours).toFixed(0)} times as fast`;
  console.log(`start-up to the first answer: a real server ${ms(median(real))}`);
  console.log(`  in this process: the first ${ms(here[0] as number)}, ${times(here[0] as number)}`);
  console.log(`  in this process: the median of ${here.length} ${ms(median(here))}, ${times(median(here))}`);
  console.log(`  succession server: ${ms(median(process))}, ${times(median(process))}`);
}

/** A row of a table: one measure of both, the ratio of the medians, over 1 if the embedded one is better. */
function row(name: string, both: readonly (readonly number[])[], unit: (value: number) => string, more: boolean): void {
  const [ours = 0, real = 0] = both.map(median);
  const ratio = more ? ours / real : real / ours;
  console.log(
    [name.padEnd(28), unit(ours).padStart(12), unit(real).padStart(12), ratio.toFixed(2).padStart(8)].join(''),
  );
}

async function compareRequests(servers: readonly Server[], clients: number, name: string): Promise<void> {
  const rates: number[][] = servers.map(() => []);
  const times: number[][] = servers.map(() => []);
  const used: number[][] = servers.map(() => []);
  for (const { connect } of servers) await load(connect, clients, name, WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, { connect, pid }] of servers.entries()) {
      const before = processorTime(pid);
      const taken = await load(connect, clients, name, ROUND_MS);
      used[at]?.push((processorTime(pid) - before) / taken.length);
      rates[at]?.push((taken.length * 1_000) / ROUND_MS);
      times[at]?.push(...taken);
    }
  const what = `${name} from ${clients}`;
  row(`${what}, a second`, rates, (rate) => rate.toFixed(0), true);
  row(`${what}, p50`, times, ms, false);
  row(
    `${what}, p99`,
    times.map((all) => [percentile(all, 0.99)]),
    ms,
    false,
  );
  row(`${what}, server's CPU`, used, (time) => `${time.toFixed(1)} µs`, false);
}

async function compareHandOver(servers: readonly Server[]): Promise<void> {
  const times: number[][] = servers.map(() => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, { connect }] of servers.entries()) times[at]?.push(...(await handOver(connect, 20)));
  row('hand-over, p50', times, ms, false);
}

/** Requests and hand-over. */
async function compareServing(): Promise<void> {
  await using embedded = await startProcess();
  await using real = await startZooKeeper({ jvm: ['-Xmx1g', '-XX:TieredStopAtLevel=4'] });
  const servers: Server[] = [embedded, real];
  for (const { connect } of servers) await prepare(connect);
  console.log(`\n${' '.repeat(32)}embedded        real   ratio`);
  for (const clients of [1, 50])
    for (const name of Object.keys(requests)) await compareRequests(servers, clients, name);
  await compareHandOver(servers);
}

async function prepare(server: string): Promise<void> {
  using client = await BareClient.connect(server);
  await client.create('/bench', '');
}

ensureServers();
const parts = { 'start-up': compareStartUp, serving: compareServing, memory: compareMemory };
const asked = process.argv.slice(2);
for (const [name, compare] of Object.entries(parts)) if (asked.length === 0 || asked.includes(name)) await compare();
