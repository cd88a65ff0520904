import type { BenchOptions } from './options.js';
import { Population, type Sessions } from './population.js';
import { kb, table } from './report.js';

interface Used {
  readonly heap: number;
  readonly resident: number;
}

/** What each further session, and each further candidacy on one session, keeps in memory. */
export async function memory(server: string, { crowd, root }: BenchOptions): Promise<string> {
  const few = Math.ceil(crowd / 10);
  const rows: string[][] = [];
  for (const sessions of ['own', 'one'] as const) {
    const { heap, resident } = await growth(server, `${root}/memory-${sessions}`, few, crowd, sessions);
    rows.push([sessions === 'own' ? 'session with a candidacy' : 'candidacy on one session', kb(heap), kb(resident)]);
  }
  return `Memory of each further one, KB, from ${few} to ${few + crowd}\n${table(['', 'heap', 'resident'], rows)}`;
}

/** The first few pay for what all share. */
async function growth(server: string, path: string, few: number, crowd: number, sessions: Sessions): Promise<Used> {
  await using _first = await Population.join(server, path, few, sessions);
  const before = await used();
  await using _more = await Population.join(server, `${path}-more`, crowd, sessions);
  const after = await used();
  return { heap: (after.heap - before.heap) / crowd, resident: (after.resident - before.resident) / crowd };
}

/** After a collection; twice, since the first one only queues what has a finalizer. */
async function used(): Promise<Used> {
  if (!globalThis.gc) throw new Error('the memory part needs node --expose-gc');
  for (let i = 0; i < 2; i++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss };
}
