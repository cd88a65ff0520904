import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, type Candidate } from '../../lib/coordinator/assigner.js';
import { type Outlook, plan } from '../../lib/coordinator/plan.js';
import { emptyTable, type Table } from '../../lib/coordinator/table.js';

const roles = Array.from({ length: 24 }, (_, index) => `r${index}`);
const members = (ids: string, states: Partial<Record<string, Candidate['state']>> = {}): Candidate[] =>
  [...ids].map((node) => ({ node, weight: 1, forMs: 1e9, state: states[node] ?? 'active' }));
const look = (given: Partial<Outlook>): Outlook => ({
  roles,
  members: members('ab'),
  orders: {},
  paused: false,
  calmForMs: 1_000,
  settleMs: 100,
  maxInFlight: 3,
  assigner: assign,
  ...given,
});
const arrived = (table: Table): Table => ({ ...table, moving: new Map() });
/** Until nothing changes, each move arriving at once. */
const settled = (given: Partial<Outlook>, from: Table = emptyTable): Table => {
  const next = plan(arrived(from), look(given));
  return next.changed ? settled(given, next.table) : arrived(next.table);
};
const diff = (before: Table, after: Table) =>
  roles.filter((role) => before.owners.get(role) !== after.owners.get(role));
const loads = ({ owners }: Table, ids: string) =>
  [...ids].map((node) => [...owners.values()].filter((owner) => owner === node).length);

const group = fc.uniqueArray(fc.constantFrom(...'abcde'), { minLength: 1 }).map((ids) => ids.join(''));
const scene = fc.record({
  ids: group,
  draining: group,
  calm: fc.boolean(),
  paused: fc.boolean(),
  arrive: fc.boolean(),
});

describe('the plan', () => {
  it('I10: has at most so many owned roles on the way, whoever comes, drains and goes', () => {
    fc.assert(
      fc.property(fc.array(scene, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (scenes, maxInFlight) => {
        let table = settled({});
        for (const { ids, draining, calm, paused, arrive } of scenes) {
          const given = look({
            members: members(ids, Object.fromEntries([...draining].map((node) => [node, 'draining']))),
            calmForMs: calm ? 1_000 : 0,
            paused,
            maxInFlight,
          });
          const from = arrive ? arrived(table) : table;
          const next = plan(from, given);
          expect(next.table.moving.size).toBeLessThanOrEqual(Math.max(maxInFlight, from.moving.size));
          const owned = diff(from, next.table).filter((role) => ids.includes(from.owners.get(role) ?? '-'));
          expect(owned.sort()).toEqual([...next.begun].sort());
          expect([...next.table.moving.keys()].filter((role) => !from.moving.has(role)).sort()).toEqual(owned.sort());
          table = next.table;
        }
      }),
    );
  });

  it('I12: comes to an owner for every role, and to equal shares, from whatever there was', () => {
    fc.assert(
      fc.property(group, group, (before, after) => {
        const table = settled({ members: members(after) }, settled({ members: members(before) }));
        expect(table.owners.size).toBe(roles.length);
        const each = loads(table, after);
        expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('places what has no owner at once, and moves nothing else while members come and go, or balancing is paused', () => {
    const before = settled({ members: members('abc') });
    for (const still of [{ calmForMs: 0 }, { paused: true }]) {
      const after = plan(before, look({ members: members('abde'), ...still })).table;
      expect(diff(before, after)).toEqual(roles.filter((role) => before.owners.get(role) === 'c'));
      expect([...after.owners.values()]).not.toContain('c');
    }
  });

  it('waits with the first roles of all until members have stopped coming', () => {
    expect(plan(emptyTable, look({ calmForMs: 99 }))).toMatchObject({ changed: false });
    expect(plan(emptyTable, look({ calmForMs: 100 })).table.owners.size).toBe(roles.length);
  });

  it('moves what must go although members come and go, but no more than so many at once', () => {
    const before = settled({});
    const given = { members: members('ab', { b: 'draining' }), calmForMs: 0, paused: true };
    expect(plan(before, look(given)).begun).toHaveLength(3);
    expect(loads(settled(given, before), 'ab')).toEqual([24, 0]);
  });

  it('carries out an order once, or says that it cannot; a role that was put somewhere stays there', () => {
    const before = settled({});
    const role = roles.find((one) => before.owners.get(one) === 'a')!;
    const orders = { [role]: { kind: 'transfer', to: 'b' }, r99: { kind: 'transfer', to: 'b' } } as const;
    const next = plan(before, look({ orders, paused: true }));
    expect([diff(before, next.table), [...next.done].sort()]).toEqual([[role], [role, 'r99'].sort()]);
    expect(settled({}, next.table).owners.get(role)).toBe('b');
    const impossible = plan(before, look({ orders: { [role]: { kind: 'transfer', to: 'z' } } }));
    expect([diff(before, impossible.table), impossible.done]).toEqual([[], [role]]);
  });

  it('sends a role home although an operator has put it elsewhere, and not to where it has failed lately', () => {
    const preferred = new Map([['r0', ['c']]]);
    const given = { members: members('abc'), preferred };
    const put = plan(settled(given), look({ ...given, orders: { r0: { kind: 'transfer', to: 'b' } } })).table;
    expect(settled(given, put).owners.get('r0')).toBe('b');
    const orders = { r0: { kind: 'preferred' } } as const;
    const home = plan(arrived(put), look({ ...given, orders }));
    expect([home.table.owners.get('r0'), home.done]).toEqual(['c', ['r0']]);
    const avoid = new Map([['r0', new Set(['c'])]]);
    const next = plan(arrived(put), look({ ...given, orders, avoid }));
    expect([next.table.owners.get('r0'), next.done]).toEqual(['b', ['r0']]);
  });

  it('gives a role to a node that is not eligible only by an unclean order, and says so', () => {
    const eligible = new Map([['r0', ['z']]]);
    const before = settled({ eligible });
    expect(before.owners.has('r0')).toBe(false);
    const transfer = plan(before, look({ eligible, orders: { r0: { kind: 'transfer', to: 'a' } } }));
    expect([transfer.table.owners.has('r0'), transfer.table.pinned.has('r0')]).toEqual([false, false]);
    const unclean = plan(before, look({ eligible, orders: { r0: { kind: 'unclean', to: 'a' } } }));
    expect([unclean.table.owners.get('r0'), [...unclean.unclean]]).toEqual(['a', [['r0', 'a']]]);
  });
});
