import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { encodeProfile } from '../../lib/zookeeper/record.js';
import { BareClient } from '../support/bare-client.js';
import { childrenOf } from './children.js';
import type { BenchOptions } from './options.js';
import { eachOf, JOINING_AT_ONCE, Population } from './population.js';
import { median, type Report, type Row, spread } from './report.js';

/** As many candidates as this are joined in all at each size, by each kind; but no size more often than `MOST`, or less than `LEAST`. */
const CANDIDATES = 3_000;
const MOST = 50;
const LEAST = 5;

/**
 * How long a crowd takes until each of it has a verdict: connected, in line, following the one ahead. Beside it bare
 * sockets, as many at once: connect, create, list, read the one ahead and watch it.
 */
export async function join(server: string, { joins, samples, root }: BenchOptions): Promise<Report> {
  const rows: Row[] = [];
  for (const count of joins) {
    for (const sessions of count > 1 ? [count, 1] : [1]) {
      const path = `${root}/join-${count}-${sessions}`;
      rows.push(row(count, sessions, await measure(server, path, count, sessions, Math.min(samples, often(count)))));
    }
  }
  const own = rows.filter(({ candidates, sessions }) => candidates === sessions);
  const curve = { title: 'Joining on own sessions, ms', rows: own, x: 'candidates', y: ['ours p50', 'sockets p50'] };
  return { title: 'Joining until all have a verdict, ms', rows, curve };
}

const often = (count: number): number => Math.max(LEAST, Math.min(MOST, Math.ceil(CANDIDATES / count)));

type Joins = Record<'ours' | 'sockets', number[]>;

function row(candidates: number, sessions: number, { ours, sockets }: Joins): Row {
  return {
    candidates,
    sessions,
    times: ours.length,
    ...spread('ours', ours),
    ...spread('sockets', sockets),
    'ours/sockets': median(ours) / median(sockets),
    'each of ours': median(ours) / candidates,
  };
}

/** In turn, so that neither has a quieter machine; once beforehand, to warm up. */
async function measure(server: string, path: string, count: number, sessions: number, times: number): Promise<Joins> {
  const measured: Joins = { ours: [], sockets: [] };
  for (let i = 0; i <= times; i++) {
    const sockets = await floor(server, `${path}-floor-${i}`, count, sessions);
    const ours = await joining(server, `${path}-ours-${i}`, count, sessions);
    if (i === 0) continue;
    measured.sockets.push(sockets);
    measured.ours.push(ours);
  }
  return measured;
}

async function joining(server: string, path: string, count: number, sessions: number): Promise<number> {
  const population = await Population.join(server, path, count, sessions);
  await population[Symbol.asyncDispose]();
  return population.joinedInMs;
}

async function floor(server: string, path: string, count: number, sessions: number): Promise<number> {
  const clients: Promise<BareClient>[] = [];
  const connect = async (i: number) => {
    const client = await BareClient.connect(server);
    if (i === 0) await client.create(path, '');
    return client;
  };
  const enter = async (i: number) => {
    if (i < sessions) clients.push(connect(i));
    await stand(await clients[i % sessions]!, path, `c-${i}`);
  };
  const from = performance.now();
  await enter(0);
  await eachOf(count - 1, sessions === 1 ? count : JOINING_AT_ONCE, (i) => enter(i + 1));
  const took = performance.now() - from;
  await eachOf(clients.length, JOINING_AT_ONCE, async (i) => (await clients[i]!).close());
  return took;
}

/** The recipe of ZooKeeper's own pages. */
async function stand(client: BareClient, path: string, id: string): Promise<void> {
  const prefix = `${path}/${namePrefix('curator', identityOf(randomUUID()), 10_000)}`;
  const profile = Buffer.from(encodeProfile({ id, host: hostname(), pid: process.pid })).toString();
  const { body } = await client.create(prefix, profile, 3);
  const own = numberOf(body.toString('utf8', 4, 4 + body.readInt32BE(0)));
  let [ahead, nearest] = ['', -1];
  for (const name of await childrenOf(client, path)) {
    const number = numberOf(name);
    if (number < own && number > nearest) [ahead, nearest] = [name, number];
  }
  if (ahead) await client.getData(`${path}/${ahead}`, true);
}

const numberOf = (name: string): number => Number(name.slice(-10));
