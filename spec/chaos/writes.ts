/** What became of the leaders' writes, for people. @pure */
import type { Evidence } from './history.js';

export interface Tally {
  readonly written: number;
  readonly refused: number;
  /** No answer came, or the file was locked. */
  readonly unknown: number;
}

export interface WriteSummary {
  readonly ZooKeeper: Tally;
  readonly SQLite: Tally;
  /** Writes of an older leadership that a table without a fence took after one of a newer. */
  readonly staleWithoutFence: number;
}

export function summarizeWrites(evidence: Evidence): WriteSummary {
  return {
    ZooKeeper: tally(evidence, 'ZooKeeper'),
    SQLite: tally(evidence, 'SQLite'),
    staleWithoutFence: stale(evidence.bare),
  };
}

function tally({ occurrences }: Evidence, store: string): Tally {
  const writes = occurrences.filter((one) => one.kind === 'write' && one.store === store);
  const count = (outcome: string) => writes.filter((write) => write.outcome === outcome).length;
  return { written: count('written'), refused: count('refused'), unknown: count('unknown') };
}

/** How many came after one of a newer token. */
export function stale(entries: Evidence['bare']): number {
  let newest = 0n;
  return entries.filter(({ token }) => {
    if (token > newest) newest = token;
    return token < newest;
  }).length;
}
