import { setTimeout as pause } from 'node:timers/promises';
import { Foreigner } from '../interop/foreigner.js';
import { hasCurator, hasKazoo, withCurator, withKazoo } from '../interop/install.js';
import type { BenchOptions } from './options.js';
import { times } from './others.js';
import { Population } from './population.js';
import { median, type Report, type Row, spread } from './report.js';

/** How often a crowd joins: the median counts. */
const JOINS = 3;
/** About as long as a successor of ours takes to learn who is ahead. */
const REST_MS = 150;
/** A thousand clients in Python take their time. */
const PATIENCE_MS = 180_000;

interface Peer {
  readonly name: string;
  /** Debian's package. */
  readonly from: string;
  isInstalled(): boolean;
  command(server: string): [string, ...string[]];
}

const peers: readonly Peer[] = [
  {
    name: "kazoo's Election",
    from: 'python3-kazoo',
    isInstalled: hasKazoo,
    command: (server) => withKazoo('spec/bench/peers/election.py', server),
  },
  {
    name: "Curator's LeaderLatch",
    from: 'libcurator-recipes-java',
    isInstalled: hasCurator,
    command: (server) => withCurator(['-Xmx2g'], 'spec/bench/peers/Latch.java', server),
  },
];

/** In ms. */
interface Measured {
  readonly name: string;
  /** After a pause, as of a leader that has led for a while. */
  readonly rested: readonly number[];
  /** One right after another. */
  readonly quick: readonly number[];
  readonly joins: readonly number[];
}

/**
 * Hand-overs and joins by others where they are installed, and by us, on the same server, one kind after another, each
 * candidate on a session of its own. Each is timed in its own process by its own clock: from what makes the leader go (ours:
 * `resign()`) to the next one's call-back. Before a hand-over everything rests for as long as our successor takes to learn
 * who is ahead; those of the columns "no pause" come one right after another. Join: until each of theirs has its znode, or
 * of ours a verdict, which is two round trips more.
 */
export async function comparePeers(server: string, options: BenchOptions): Promise<Report> {
  const { sizes, samples, warmup, sessions, root } = options;
  const found = peers.filter((peer) => peer.isInstalled());
  await using running = new Running();
  for (const { name, command } of found) await running.start(name, command(server));
  await ours(server, `${root}/peers-warmup`, 3, { samples: 0, quick: warmup, rounds: 0 });
  for (const [name, peer] of running.all)
    await theirs(name, peer, `${root}/peers-warmup`, 3, { samples: 0, quick: warmup, rounds: 0 });
  const often = { samples, quick: samples, rounds: JOINS };
  const rows: Row[] = [];
  for (const size of sizes.filter((size) => size <= sessions)) {
    const path = `${root}/peers-${size}`;
    const reference = await ours(server, path, size, often);
    rows.push(row(size, reference, reference));
    for (const [name, peer] of running.all)
      rows.push(row(size, await theirs(name, peer, path, size, often), reference));
  }
  const missing = peers.filter((peer) => !found.includes(peer)).map(({ name, from }) => `${name} (${from})`);
  const title = `Beside peers, ms${missing.length > 0 ? `; not installed: ${missing.join(', ')}` : ''}`;
  const curve = { title: 'Hand-over, ms, p50', rows, x: 'candidates', y: ['hand-over p50'], each: 'who' };
  return { title, rows, curve };
}

function row(candidates: number, { name, rested, quick, joins }: Measured, reference: Measured): Row {
  return {
    candidates,
    who: name,
    ...spread('hand-over', rested),
    '/ours': median(rested) / median(reference.rested),
    ...spread('no pause', quick),
    'no pause/ours': median(quick) / median(reference.quick),
    'join p50': median(joins),
    'join/ours': median(joins) / median(reference.joins),
  };
}

/** How many of each. */
interface Often {
  readonly samples: number;
  readonly quick: number;
  readonly rounds: number;
}

async function ours(server: string, path: string, size: number, { samples, quick, rounds }: Often): Promise<Measured> {
  const joins: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await using joined = await Population.join(server, `${path}-ours`, size, size);
    joins.push(joined.joinedInMs);
  }
  await using line = await Population.join(server, `${path}-ours`, size, size, Math.min(size, samples + 1));
  const rested: number[] = [];
  for (let i = 0; i < samples; i++) {
    await Promise.all([line.settled(), pause(REST_MS)]);
    rested.push(await line.handOver());
  }
  return { name: 'ours', rested, quick: await times(quick, line), joins };
}

async function theirs(
  name: string,
  peer: Foreigner,
  path: string,
  size: number,
  { samples, quick, rounds }: Often,
): Promise<Measured> {
  const ask = async (command: string) => (await peer.ask(command, PATIENCE_MS)).map(Number);
  const join = `join ${size} ${path}-${name.replaceAll(/\W/g, '')}`;
  const joins: number[] = [];
  for (let i = 0; i < rounds; i++) {
    joins.push(...(await ask(join)));
    await ask('leave');
  }
  await ask(join);
  const rested = await ask(`handover ${samples} ${REST_MS}`);
  const measured = { name, rested, quick: await ask(`handover ${quick} 0`), joins };
  await ask('leave');
  return measured;
}

/** Their processes. */
class Running implements AsyncDisposable {
  readonly all = new Map<string, Foreigner>();

  async start(name: string, command: [string, ...string[]]): Promise<void> {
    this.all.set(name, await Foreigner.start(command));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.all.values()) await peer[Symbol.asyncDispose]();
  }
}
