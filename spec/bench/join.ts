import type { BenchOptions } from './options.js';
import { Population, type Sessions } from './population.js';
import { ms, table } from './report.js';

/** How long a crowd takes until each of it has a verdict: connected, in line, following the one ahead. */
export async function join(server: string, { crowd, root }: BenchOptions): Promise<string> {
  const rows: string[][] = [];
  for (const sessions of ['own', 'one'] as const) {
    const took = await joining(server, `${root}/join-${sessions}`, crowd, sessions);
    rows.push([`${crowd}`, sessions, ms(took), ms(took / crowd)]);
  }
  return `Joining, ms\n${table(['candidates', 'sessions', 'all', 'each'], rows)}`;
}

async function joining(server: string, path: string, crowd: number, sessions: Sessions): Promise<number> {
  const population = await Population.join(server, path, crowd, sessions);
  await population[Symbol.asyncDispose]();
  return population.joinedInMs;
}
