import { createLock, type Lock } from '../../lib/lock/index.js';
import { zookeeper as ours } from '../../lib/zookeeper/index.js';
import { call, connected, disconnected, EPHEMERAL_SEQUENTIAL, OPEN } from './library.js';
import type { BenchOptions } from './options.js';
import { eachOf, SESSION_TIMEOUT_MS } from './population.js';
import { type Report, type Row, spread } from './report.js';

/** How many want the same lock at once, each on a session of its own. */
const CONTENDERS = 8;

/** One who can do something again and again, and leave. */
interface Actor {
  act(): Promise<unknown>;
  leave(): Promise<unknown>;
}

/**
 * Locked and unlocked, again and again: by one alone, and by several who want the same lock. Beside it the least that
 * any lock needs, a znode created and deleted by the bare client, which excludes nobody.
 */
export async function locks(server: string, { samples, root }: BenchOptions): Promise<Report> {
  const rows: Row[] = [];
  for (const count of [1, CONTENDERS]) {
    const path = `${root}/locks-${count}`;
    const floor = await measure(count, samples, () => bare(server, path));
    const locked = await measure(count, samples, () => locking(server, path));
    rows.push({
      'who want it': count,
      'locks/s': Math.round(locked.rate),
      ...spread('lock', locked.took),
      'bare pairs/s': Math.round(floor.rate),
      ...spread('pair', floor.took),
      'bare/lock': floor.rate / locked.rate,
    });
  }
  return { title: `Lock and unlock, ms, ${samples} each`, rows };
}

interface Rate {
  readonly rate: number;
  readonly took: readonly number[];
}

/** So many at once, each so often; a tenth of that beforehand, to warm up. */
async function measure(count: number, samples: number, make: () => Promise<Actor>): Promise<Rate> {
  const actors = await Promise.all(Array.from({ length: count }, make));
  const took: number[] = [];
  const often = (times: number, note: (ms: number) => void) =>
    eachOf(count, count, async (i) => {
      for (let n = 0; n < times; n++) {
        const from = performance.now();
        await actors[i]!.act();
        note(performance.now() - from);
      }
    });
  await often(Math.ceil(samples / 10), () => undefined);
  const from = performance.now();
  await often(samples, (one) => took.push(one));
  const rate = (1_000 * took.length) / (performance.now() - from);
  await Promise.all(actors.map((actor) => actor.leave()));
  return { rate, took };
}

async function locking(server: string, path: string): Promise<Actor> {
  const backend = ours({ servers: server, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  const lock: Lock = createLock(backend, `${path}-ours`);
  return { act: () => lock.withLock(() => undefined), leave: () => backend.close() };
}

async function bare(server: string, path: string): Promise<Actor> {
  const client = await connected(server);
  const make = (name: string, mode: number) =>
    call<string>((done) => client.create(`${path}${name}`, Buffer.alloc(0), OPEN, mode, done));
  await make('-bare', 0).catch(() => undefined); // Several begin at once, and one of them makes it.
  const act = async () => {
    const name = await make('-bare/n-', EPHEMERAL_SEQUENTIAL);
    await call((done) => client.remove(name, -1, done));
  };
  return { act, leave: () => disconnected(client) };
}
