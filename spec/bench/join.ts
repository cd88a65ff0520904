import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { encodeProfile } from '../../lib/zookeeper/record.js';
import { BareClient } from '../support/bare-client.js';
import { childrenOf } from './children.js';
import { call, connected, disconnected, EPHEMERAL_SEQUENTIAL, type LibraryClient, OPEN } from './library.js';
import type { BenchOptions } from './options.js';
import { eachOf, JOINING_AT_ONCE, Population } from './population.js';
import { median, type Report, type Row, spread } from './report.js';

/** As many candidates as this are joined in all at each size, by each kind; but no size more often than `MOST`, or less than `LEAST`. */
const CANDIDATES = 3_000;
const MOST = 50;
const LEAST = 5;

/**
 * How long a crowd takes until each of it has a verdict: connected, in line, following the one ahead. Beside it the recipe of
 * ZooKeeper's own pages, with as many at once, by the bare client library and on bare sockets: connect, create, list, read the one
 * ahead and watch it.
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
  const curve = {
    title: 'Joining on own sessions, ms',
    rows: own,
    x: 'candidates',
    y: ['ours p50', 'client p50', 'sockets p50'],
  };
  return { title: 'Joining until all have a verdict, ms', rows, curve };
}

const often = (count: number): number => Math.max(LEAST, Math.min(MOST, Math.ceil(CANDIDATES / count)));

const kinds = {
  sockets: (...how: How) => crowd(onSockets, ...how),
  client: (...how: How) => crowd(withLibrary, ...how),
  ours: joining,
};

/** Where, below which path, how many candidates on how many sessions. */
type How = [server: string, path: string, count: number, sessions: number];

type Joins = Record<keyof typeof kinds, number[]>;

function row(candidates: number, sessions: number, { ours, client, sockets }: Joins): Row {
  return {
    candidates,
    sessions,
    times: ours.length,
    ...spread('ours', ours),
    ...spread('client', client),
    ...spread('sockets', sockets),
    'ours/client': median(ours) / median(client),
    'ours/sockets': median(ours) / median(sockets),
    'each of ours': median(ours) / candidates,
  };
}

/** In turn, so that none has a quieter machine; once beforehand, to warm up. */
async function measure(server: string, path: string, count: number, sessions: number, times: number): Promise<Joins> {
  const measured: Joins = { ours: [], client: [], sockets: [] };
  for (let i = 0; i <= times; i++)
    for (const kind of ['sockets', 'client', 'ours'] as const) {
      const took = await kinds[kind](server, `${path}-${kind}-${i}`, count, sessions);
      if (i > 0) measured[kind].push(took);
    }
  return measured;
}

async function joining(server: string, path: string, count: number, sessions: number): Promise<number> {
  const population = await Population.join(server, path, count, sessions);
  await population[Symbol.asyncDispose]();
  return population.joinedInMs;
}

/** What a candidate needs of whoever speaks for it. */
interface Speaker {
  create(path: string, data: Buffer, flags: number): Promise<string>;
  children(path: string): Promise<readonly string[]>;
  /** And watches it. */
  read(path: string): Promise<unknown>;
  close(): Promise<unknown>;
}

type Open = (server: string) => Promise<Speaker>;

async function crowd(open: Open, server: string, path: string, count: number, sessions: number): Promise<number> {
  const speakers: Promise<Speaker>[] = [];
  const connect = async (i: number) => {
    const speaker = await open(server);
    if (i === 0) await speaker.create(path, Buffer.alloc(0), 0);
    return speaker;
  };
  const enter = async (i: number) => {
    if (i < sessions) speakers.push(connect(i));
    await stand(await speakers[i % sessions]!, path, `c-${i}`);
  };
  const from = performance.now();
  await enter(0);
  await eachOf(count - 1, sessions === 1 ? count : JOINING_AT_ONCE, (i) => enter(i + 1));
  const took = performance.now() - from;
  await eachOf(speakers.length, JOINING_AT_ONCE, async (i) => (await speakers[i]!).close());
  return took;
}

/** The recipe of ZooKeeper's own pages. */
async function stand(speaker: Speaker, path: string, id: string): Promise<void> {
  const prefix = `${path}/${namePrefix('curator', identityOf(randomUUID()), 10_000)}`;
  const profile = Buffer.from(encodeProfile({ id, host: hostname(), pid: process.pid }));
  const own = numberOf(await speaker.create(prefix, profile, EPHEMERAL_SEQUENTIAL));
  let [ahead, nearest] = ['', -1];
  for (const name of await speaker.children(path)) {
    const number = numberOf(name);
    if (number < own && number > nearest) [ahead, nearest] = [name, number];
  }
  if (ahead) await speaker.read(`${path}/${ahead}`);
}

const numberOf = (name: string): number => Number(name.slice(-10));

async function onSockets(server: string): Promise<Speaker> {
  const client = await BareClient.connect(server);
  return {
    async create(path, data, flags) {
      const { body } = await client.create(path, data.toString(), flags);
      return body.toString('utf8', 4, 4 + body.readInt32BE(0));
    },
    children: (path) => childrenOf(client, path),
    read: (path) => client.getData(path, true),
    close: () => client.close(),
  };
}

async function withLibrary(server: string): Promise<Speaker> {
  const client: LibraryClient = await connected(server);
  return {
    create: (path, data, flags) => call((done) => client.create(path, data, OPEN, flags, done)),
    children: (path) => call((done) => client.getChildren(path, undefined, done)),
    read: (path) => call((done) => client.getData(path, () => undefined, done)),
    close: () => disconnected(client),
  };
}
