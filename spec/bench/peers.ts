import { setTimeout as pause } from 'node:timers/promises';
import { Foreigner } from '../interop/foreigner.js';
import { hasCurator, hasKazoo, withCurator, withKazoo } from '../interop/install.js';
import { Host, withHalf } from './host.js';
import type { BenchOptions } from './options.js';
import { times } from './others.js';
import { PEERS_PATIENCE_MS, type Peers, relayed } from './peer-relay.js';
import { Population } from './population.js';
import { type Pair, Relay } from './relay.js';
import { median, type Report, type Row, spread } from './report.js';

/** How often a crowd joins: the median counts. */
const JOINS = 3;
/** About as long as a successor of ours takes to learn who is ahead. */
const REST_MS = 150;
/** Of ours who will lead, so that they have learnt it by then. */
const HEARTBEAT_MS = 250;
/** Hand-overs between two processes beforehand, at most. */
const MOST_WARM = 30;

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
  /** None where nothing is stood for. */
  readonly joins: readonly number[];
}

/** Halves of lines that are ours, or the least that they, and that any election, could take: bare sockets. */
const floors = { sockets: 'our requests on bare sockets', least: 'bare sockets, one delete and its event' } as const;

/**
 * Hand-overs and joins by others where they are installed, and by us, on the same server, one kind after another, each
 * candidate on a session of its own. A hand-over goes from one process of a kind to another of it, by the clock that they share:
 * from what makes the leader go (ours: `resign()`) to the next one's call-back. Beside them the requests of ours on bare sockets, and
 * the least that any election on ZooKeeper does: one delete, and its event taken for leadership. Before it everything rests for as long as our
 * successor takes to learn who is ahead. Those of the columns "no pause" come one right after another, within one process, which
 * joins take place in, too: until each of theirs has its znode, or of ours a verdict, which is two round trips more.
 */
export async function comparePeers(server: string, options: BenchOptions): Promise<Report> {
  const { sizes, samples, warmup, sessions, root } = options;
  const found = peers.filter((peer) => peer.isInstalled());
  await using running = await Running.start(server, found);
  const warm = { samples: Math.min(samples, MOST_WARM), quick: warmup, rounds: 0 };
  await ours(server, running.hosts, `${root}/peers-warmup`, 3, warm);
  for (const [name, pair] of running.all) await theirs(name, pair, `${root}/peers-warmup`, 3, warm);
  const often = { samples, quick: samples, rounds: JOINS };
  const rows: Row[] = [];
  for (const size of sizes.filter((size) => size <= sessions)) {
    const path = `${root}/peers-${size}`;
    const reference = await ours(server, running.hosts, path, size, often);
    rows.push(row(size, reference, reference));
    for (const [kind, pair] of running.floors)
      rows.push(row(size, await floor(kind, pair, path, size, often), reference));
    for (const [name, pair] of running.all)
      rows.push(row(size, await theirs(name, pair, path, size, often), reference));
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
    ...(joins.length > 0 && { 'join p50': median(joins), 'join/ours': median(joins) / median(reference.joins) }),
  };
}

/** How many of each. */
interface Often {
  readonly samples: number;
  readonly quick: number;
  readonly rounds: number;
}

async function ours(server: string, hosts: Pair, path: string, size: number, often: Often): Promise<Measured> {
  const { samples, quick, rounds } = often;
  const joins: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await using joined = await Population.join(server, `${path}-ours`, size, size);
    joins.push(joined.joinedInMs);
  }
  const rested = await restedBy(hosts, `${path}-relay`, size, samples);
  await using line = await Population.join(server, `${path}-ours`, size, size, Math.min(size, quick + 1));
  return { name: 'ours', rested, quick: await times(quick, line), joins };
}

async function floor(
  kind: keyof typeof floors,
  pair: Pair,
  path: string,
  size: number,
  often: Often,
): Promise<Measured> {
  const rested = await restedBy(pair, `${path}-${kind}`, size, often.samples);
  await using line = await Relay.join([pair[0], pair[0]], `${path}-${kind}-quick`, size, size, often.quick + 1);
  return { name: floors[kind], rested, quick: await times(often.quick, line), joins: [] };
}

async function restedBy(pair: Pair, path: string, size: number, samples: number): Promise<number[]> {
  await using line = await Relay.join(pair, path, size, size, samples + 1, HEARTBEAT_MS);
  const rested: number[] = [];
  while (rested.length < samples) {
    await Promise.all([line.settled(), pause(REST_MS)]);
    rested.push(await line.handOver());
  }
  return rested;
}

async function theirs(name: string, pair: Peers, path: string, size: number, often: Often): Promise<Measured> {
  const { samples, quick, rounds } = often;
  const ask = async (command: string) => (await pair[0].ask(command, PEERS_PATIENCE_MS)).map(Number);
  const own = `${path}-${name.replaceAll(/\W/g, '')}`;
  const joins: number[] = [];
  for (let i = 0; i < rounds; i++) {
    joins.push(...(await ask(`join ${size} ${own}`)));
    await ask('leave');
  }
  const rested = await relayed(pair, `${own}-relay`, size, samples, REST_MS);
  await ask(`join ${size} ${own}`);
  const measured = { name, rested, quick: await ask(`handover ${quick} 0`), joins };
  await ask('leave');
  return measured;
}

/** Two processes of each. */
class Running implements AsyncDisposable {
  readonly all = new Map<string, Peers>();
  readonly floors = new Map<keyof typeof floors, Pair>();

  static async start(server: string, found: readonly Peer[]): Promise<Running> {
    const pairOf = async (kind: string): Promise<Pair> => [
      await Host.start(withHalf(kind, server)),
      await Host.start(withHalf(kind, server)),
    ];
    const running = new Running(await pairOf('ours'));
    for (const kind of ['sockets', 'least'] as const) running.floors.set(kind, await pairOf(kind));
    for (const { name, command } of found) {
      const theirs = () => Foreigner.start(command(server));
      running.all.set(name, [await theirs(), await theirs()]);
    }
    return running;
  }

  private constructor(readonly hosts: Pair) {}

  async [Symbol.asyncDispose](): Promise<void> {
    const pairs = [this.hosts, ...this.floors.values(), ...this.all.values()];
    for (const one of pairs.flat()) await one[Symbol.asyncDispose]();
  }
}
