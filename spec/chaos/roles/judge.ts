/** Did a write get through that its fence should have kept out? The stores' own logs decide; no clock takes part. @pure */
import type { Entry } from '../registers.js';
import type { Txn } from '../txnlog.js';
import type { Attempt } from './setup.js';

export interface Evidence {
  /** What ZooKeeper has committed. */
  readonly log: readonly Txn[];
  readonly paths: { readonly record: string; readonly register: string };
  /** What the SQLite file took behind its fence. */
  readonly journal: readonly Entry[];
  readonly attempts: readonly Attempt[];
}

export interface Judgement {
  readonly violations: readonly string[];
  readonly claims: number;
  /** Writes that ZooKeeper has committed. */
  readonly committed: number;
}

export function judge({ log, paths, journal, attempts }: Evidence): Judgement {
  const { claims, writes } = walk(log, paths);
  const late = writes
    .filter(({ token, standing }) => token !== standing)
    .map(
      ({ value, token, standing }) => `${value} of ${token} in ZooKeeper while ${standing ?? 'nobody'} had the role`,
    );
  const taken = { ZooKeeper: valuesOf(writes), SQLite: valuesOf(journal) };
  const untrue = attempts
    .filter(({ store, value, outcome }) => taken[store].has(value) !== (outcome === 'written') && outcome !== 'unknown')
    .map(({ store, value, outcome }) => `${value} in ${store} was not ${outcome}`);
  return { violations: [...late, ...falls(journal), ...untrue], claims, committed: writes.length };
}

const valuesOf = (entries: readonly { readonly value: string }[]) => new Set(entries.map(({ value }) => value));

const falls = (journal: readonly Entry[]): string[] =>
  journal.slice(1).flatMap(({ token, value }, index) => {
    const before = journal[index]!;
    return token < before.token ? [`${value} of ${token} in SQLite after ${before.value} of ${before.token}`] : [];
  });

/** Each write with the token of the claim that stood when it was committed; from a release to the next claim none does. */
function walk(log: readonly Txn[], { record, register }: Evidence['paths']) {
  const writes: (Entry & { readonly standing: bigint | undefined })[] = [];
  let [claims, standing] = [0, undefined as bigint | undefined];
  for (const { zxid, changes } of log)
    for (const change of changes) {
      if (change.op !== 'set') continue;
      if (change.path === register && change.data) writes.push({ ...entryOf(change.data), standing });
      if (change.path !== record) continue;
      standing = JSON.parse(change.data).released ? undefined : zxid;
      if (standing !== undefined) claims++;
    }
  return { claims, writes };
}

function entryOf(data: string): Entry {
  const [token = '', value = ''] = data.split(' ');
  return { token: BigInt(token), value };
}
