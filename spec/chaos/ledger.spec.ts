import { describe, expect, it } from 'vitest';
import { judge } from './checker.js';
import type { Evidence, Occurrence } from './history.js';
import type { Change, Txn } from './txnlog.js';

const bounds = { recoveryMs: 1000, leaseMs: 100 };
const [A, B] = ['_c_a-latch-0000000001', '_c_b-latch-0000000002'];

const enlist = (name: string): Change => ({ op: 'create', path: `/e/${name}`, ephemeral: true });
const leave = (name: string): Change => ({ op: 'delete', path: `/e/${name}` });
const record = (holder: string, released = false): Change => ({
  op: 'set',
  path: '/e',
  data: JSON.stringify({ succession: 1, holder, released }),
});
const register = (token: bigint, value = `v${token}`): Change => ({ op: 'set', path: '/r', data: `${token} ${value}` });
const txn = (zxid: bigint, session: bigint, ...changes: Change[]): Txn => ({ zxid, session, changes });

const inLine = [txn(1n, 7n, enlist(A)), txn(2n, 8n, enlist(B))];
const laws = (given: Partial<Evidence>) => {
  const nothing = { spans: [], occurrences: [], faults: [], end: 9, log: [], journal: [], bare: [], left: [] };
  const paths = { election: '/e', register: '/r' };
  return judge({ ...nothing, paths, ...given }, bounds).map(({ law }) => law);
};
const occurrence = (given: Partial<Occurrence>): Occurrence => ({ kind: 'write', who: 'a', at: 5, ...given });

describe('line order', () => {
  it('accepts claims of whoever stands first when it claims', () => {
    const log = [...inLine, txn(3n, 7n, record(A)), txn(4n, 7n, leave(A), record(A, true)), txn(5n, 8n, record(B))];
    expect(laws({ log })).toEqual([]);
  });

  it('accepts the claim of the second when the session of the first is closed', () => {
    const log = [...inLine, txn(3n, 7n, { op: 'close' }), txn(4n, 8n, record(B))];
    expect(laws({ log })).toEqual([]);
  });

  it('refuses a claim from behind somebody who stands', () => {
    expect(laws({ log: [...inLine, txn(3n, 8n, record(B))] })).toEqual(['line order']);
  });

  it('refuses a claim by a place of another session', () => {
    expect(laws({ log: [...inLine, txn(3n, 8n, record(A))] })).toEqual(['line order']);
  });
});

describe('rising tokens', () => {
  it('refuses a leader whose token is no committed claim', () => {
    const occurrences = [occurrence({ kind: 'claim', token: 4n })];
    const log = [...inLine, txn(3n, 7n, record(A))];
    expect(laws({ log, occurrences })).toEqual(['rising tokens']);
  });

  it('refuses work under a token that is no committed claim', () => {
    const works = (token: bigint) => [occurrence({ kind: 'start', token }), occurrence({ kind: 'stop', token })];
    const log = [...inLine, txn(3n, 7n, record(A))];
    expect(laws({ log, occurrences: works(3n) })).toEqual([]);
    expect(laws({ log, occurrences: works(4n) })).toEqual(['rising tokens']);
  });
});

describe('fenced writes', () => {
  const claimed = [...inLine, txn(3n, 7n, record(A)), txn(5n, 7n, leave(A), record(A, true)), txn(6n, 8n, record(B))];

  it('accepts writes under the last claim', () => {
    const log = [...claimed.slice(0, 3), txn(4n, 7n, register(3n)), ...claimed.slice(3), txn(7n, 8n, register(6n))];
    expect(laws({ log })).toEqual([]);
  });

  it('refuses a write to ZooKeeper after a newer claim, and one under no claim', () => {
    expect(laws({ log: [...claimed, txn(7n, 7n, register(3n))] })).toEqual(['fenced writes']);
    expect(laws({ log: [txn(1n, 7n, register(3n))] })).toEqual(['fenced writes']);
  });

  it.each([
    ['has said goodbye', [txn(4n, 7n, leave(A), record(A, true))]],
    ['was evicted', [txn(4n, 9n, leave(A))]],
    ['has lost its session', [txn(4n, 7n, { op: 'close' })]],
  ])('refuses a write to ZooKeeper of a leader that %s, although nobody has claimed since', (_, gone) => {
    expect(laws({ log: [...claimed.slice(0, 3), ...gone, txn(5n, 7n, register(3n))] })).toEqual(['fenced writes']);
  });

  it('refuses a write to ZooKeeper from another session than that of the claim', () => {
    expect(laws({ log: [...claimed.slice(0, 3), txn(4n, 8n, register(3n))] })).toEqual(['fenced writes']);
  });

  it('refuses a row in SQLite behind one with a newer token', () => {
    const row = (token: bigint, value = `v${token}`) => ({ token, value });
    expect(laws({ journal: [row(3n), row(3n, 'w'), row(6n)] })).toEqual([]);
    expect(laws({ journal: [row(3n), row(6n), row(3n, 'w')] })).toEqual(['fenced writes']);
  });
});

describe('true outcomes', () => {
  const there = { journal: [{ token: 3n, value: 'v' }] };
  const told = (outcome: Occurrence['outcome']) => [occurrence({ store: 'SQLite', token: 3n, value: 'v', outcome })];

  it('accepts what was written as written, and anything as unknown', () => {
    expect(laws({ ...there, occurrences: told('written') })).toEqual([]);
    expect(laws({ ...there, occurrences: told('unknown') })).toEqual([]);
    expect(laws({ occurrences: told('unknown') })).toEqual([]);
  });

  it('refuses a success that is not there, and a refusal that is', () => {
    expect(laws({ occurrences: told('written') })).toEqual(['true outcomes']);
    expect(laws({ ...there, occurrences: told('refused') })).toEqual(['true outcomes']);
  });

  it('refuses a write that was carried out twice, wherever', () => {
    const twice = { token: 3n, value: 'v' };
    expect(laws({ journal: [twice, twice] })).toEqual(['true outcomes']);
    const log = [...inLine, txn(3n, 7n, record(A)), txn(4n, 7n, register(3n)), txn(5n, 7n, register(3n))];
    expect(laws({ log })).toEqual(['true outcomes']);
  });
});

describe('nothing left', () => {
  it('refuses a znode or a watch that outlived everybody', () => {
    expect(laws({ left: ['the znode /e/x', 'a watch on /e by 0x1'] })).toEqual(['nothing left', 'nothing left']);
  });
});
