/**
 * What the stores themselves know: the line, the claims and the fenced writes, as ZooKeeper has committed them, and the
 * journal of the SQLite file. No clock takes part. @pure
 */
import type { Violation } from './checker.js';
import type { Evidence, Occurrence } from './history.js';
import type { Change, Txn } from './txnlog.js';

/** A claim names a holder whose place is still in line. */
interface Claim {
  readonly token: bigint;
  readonly holder: string;
}

/** Who stands, by name; and the session by which it does. */
type Line = Map<string, bigint>;

export function checkLedger({ occurrences, log, journal, paths, end }: Evidence): Violation[] {
  const found: Violation[] = [];
  const complain = (law: Violation['law'], what: string, at = end) => found.push({ law, at, what });
  const { claims, writes } = walk(log, paths, (what) => complain('line order', what));
  const claimed = new Set(claims.map(({ token }) => token));
  for (const { kind, who, at, token } of occurrences)
    if ((kind === 'claim' || kind === 'start') && !claimed.has(token!))
      complain('rising tokens', `${who} leads with ${token}, which is no claim of ZooKeeper's log`, at);
  for (const what of journalFalls(journal)) complain('fenced writes', what);
  for (const { token, value, standing } of writes)
    if (token !== standing)
      complain('fenced writes', `${value} with ${token} in ZooKeeper while ${standing ?? 'nobody'} had the right to`);
  for (const value of [...repeated(writes), ...repeated(journal)])
    complain('true outcomes', `${value} was written once and carried out twice`);
  const taken = {
    ZooKeeper: new Set(writes.map(({ value }) => value)),
    SQLite: new Set(journal.map(({ value }) => value)),
  };
  for (const one of occurrences.filter(({ kind }) => kind === 'write'))
    if (isFalse(one, taken)) complain('true outcomes', `${one.value} in ${one.store} was not ${one.outcome}`, one.at);
  return found;
}

/** No two writes have one value. */
function repeated(entries: readonly { readonly value: string }[]): string[] {
  const seen = new Set<string>();
  return entries.flatMap(({ value }) => (seen.size === seen.add(value).size ? [value] : []));
}

function isFalse({ store, value, outcome }: Occurrence, taken: Record<string, Set<string>>): boolean {
  const there = taken[store!]!.has(value!);
  return (outcome === 'written' && !there) || (outcome === 'refused' && there);
}

function journalFalls(journal: Evidence['journal']): string[] {
  return journal.slice(1).flatMap(({ token, value }, index) => {
    const before = journal[index]!;
    return token < before.token ? [`${value} with ${token} in SQLite after ${before.value} with ${before.token}`] : [];
  });
}

interface Walked {
  readonly claims: readonly Claim[];
  /** Each with the claim that gave its session the right to write: the last one, as long as its place is in line. */
  readonly writes: readonly { token: bigint; value: string; standing: bigint | undefined }[];
}

/** Goes through the log once, keeping the line as it was at each transaction. */
function walk(log: readonly Txn[], paths: Evidence['paths'], complain: (what: string) => void): Walked {
  const line: Line = new Map();
  const claims: Claim[] = [];
  const writes: Walked['writes'][number][] = [];
  for (const { zxid, session, changes } of log) {
    for (const change of changes) follow(line, change, session, paths.election);
    for (const change of changes) {
      if (change.op !== 'set') continue;
      const last = claims.at(-1);
      const standing = last && line.get(last.holder) === session ? last.token : undefined;
      if (change.path === paths.register) writes.push({ ...entryOf(change.data), standing });
      const holder = change.path === paths.election ? holderOf(change.data) : undefined;
      if (holder === undefined || !line.has(holder)) continue;
      claims.push({ token: zxid, holder });
      if (first(line) !== holder) complain(`${holder} claimed (${zxid}) although ${first(line)} stood ahead`);
      if (line.get(holder) !== session) complain(`${holder} claimed (${zxid}) from another session than its own`);
    }
  }
  return { claims, writes };
}

function follow(line: Line, change: Change, session: bigint, election: string): void {
  if (change.op === 'close') for (const [name, owner] of line) if (owner === session) line.delete(name);
  if (change.op !== 'create' && change.op !== 'delete') return;
  const name = change.path.startsWith(`${election}/`) ? change.path.slice(election.length + 1) : undefined;
  if (name === undefined) return;
  if (change.op === 'delete') line.delete(name);
  else if (change.ephemeral) line.set(name, session);
}

const sequence = (name: string) => Number(/-?\d+$/.exec(name)?.[0].replace(/^-(?=\d{10}$)/, ''));

const first = (line: Line): string | undefined =>
  [...line.keys()].reduce<string | undefined>(
    (least, name) => (least === undefined || sequence(name) < sequence(least) ? name : least),
    undefined,
  );

/** Of a record that says that somebody holds; `undefined` for a farewell and for anything else. */
function holderOf(data: string): string | undefined {
  try {
    const { holder, released }: { holder?: string; released?: boolean } = JSON.parse(data);
    return released ? undefined : holder;
  } catch {
    return undefined;
  }
}

function entryOf(data: string): { token: bigint; value: string } {
  const [token = '', value = ''] = data.split(' ');
  return { token: BigInt(token), value };
}
