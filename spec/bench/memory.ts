import type { BenchOptions } from './options.js';
import { Population } from './population.js';
import type { Report, Row } from './report.js';

interface Used {
  readonly heap: number;
  readonly resident: number;
}

/** What each further session, and each further candidacy on one session, keeps in memory. */
export async function memory(server: string, { crowd, root }: BenchOptions): Promise<Report> {
  const few = Math.ceil(crowd / 10);
  const rows: Row[] = [];
  for (const [one, shared] of [
    ['session with a candidacy', false],
    ['candidacy on one session', true],
  ] as const) {
    const path = `${root}/memory-${shared ? 'one' : 'own'}`;
    const { heap, resident } = await growth(server, path, few, crowd, shared);
    rows.push({ 'each further': one, 'heap, KB': heap / 1024, 'resident, KB': resident / 1024 });
  }
  return { title: `Memory of each further one, from ${few} to ${few + crowd}`, rows };
}

/** The first few pay for what all share. */
async function growth(server: string, path: string, few: number, crowd: number, shared: boolean): Promise<Used> {
  await using _first = await Population.join(server, path, few, shared ? 1 : few);
  const before = await used();
  await using _more = await Population.join(server, `${path}-more`, crowd, shared ? 1 : crowd);
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
