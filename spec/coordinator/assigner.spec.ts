import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Assignment, assign, type Candidate, type Situation } from '../../lib/coordinator/assigner.js';

const roles = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);
const nodes = (ids: string, more: Partial<Candidate> = {}): Candidate[] =>
  [...ids].map((node) => ({ node, weight: 1, forMs: 1e9, ...more }));
const owned = (assignment: Assignment) =>
  new Map([...assignment].filter((entry): entry is [string, string] => entry[1] !== null));
const load = (assignment: Assignment, node: string) => [...assignment.values()].filter((one) => one === node).length;
const loads = (assignment: Assignment, members: readonly Candidate[]) =>
  members.map(({ node }) => load(assignment, node));
const moved = (before: ReadonlyMap<string, string>, after: Assignment) =>
  [...before].filter(([role, node]) => after.get(role) !== node).map(([role]) => role);
const fresh = (situation: Partial<Situation>) =>
  assign({ roles: roles(12), members: nodes('abc'), current: new Map(), ...situation });

const members = fc
  .uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((node) =>
        fc.record({ node: fc.constant(node), weight: fc.integer({ min: 1, max: 5 }), forMs: fc.constant(1e9) }),
      ),
    ),
  );
const count = fc.integer({ min: 0, max: 60 });
/** Whatever a balancer may have left behind. */
const anyOwners = fc
  .array(fc.constantFrom(...'abcdefgh'), { maxLength: 60 })
  .map((owners) => new Map(owners.map((node, index) => [`r${index}`, node])));

describe('the assigner', () => {
  it('I10: gives everybody its share, whoever owned what: no move would make the fullest emptier', () => {
    fc.assert(
      fc.property(members, count, anyOwners, (members, count, current) => {
        const given = loads(assign({ roles: roles(count), members, current }), members);
        const total = members.reduce((sum, { weight }) => sum + weight, 0);
        for (const [index, { weight }] of members.entries()) {
          expect(given[index]).toBeGreaterThanOrEqual(Math.floor((count * weight) / total));
          for (const [other, { weight: otherWeight }] of members.entries())
            expect(given[index]! / weight).toBeLessThanOrEqual((given[other]! + 1) / otherWeight);
        }
      }),
    );
  });

  it('I10: with equal weights gives to nobody more than one role more than to anybody else', () => {
    fc.assert(
      fc.property(members, count, anyOwners, (given, count, current) => {
        const members = given.map((member) => ({ ...member, weight: 1 }));
        const each = loads(assign({ roles: roles(count), members, current }), members);
        expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('I10: moves no owned role when a node goes: its roles alone are dealt out', () => {
    fc.assert(
      fc.property(members, count, fc.nat(), (members, count, index) => {
        fc.pre(members.length > 1);
        const before = owned(assign({ roles: roles(count), members, current: new Map() }));
        const gone = members[index % members.length]!.node;
        const after = assign({
          roles: roles(count),
          members: members.filter(({ node }) => node !== gone),
          current: before,
        });
        expect(moved(before, after)).toEqual([...before].filter(([, node]) => node === gone).map(([role]) => role));
      }),
    );
  });

  it('leaves everything as it is once it is as it should be, and always comes to the same', () => {
    fc.assert(
      fc.property(members, count, anyOwners, (members, count, current) => {
        const once = assign({ roles: roles(count), members, current });
        expect(moved(owned(once), assign({ roles: roles(count), members, current: owned(once) }))).toEqual([]);
        expect([...assign({ roles: roles(count), members: [...members].reverse(), current })]).toEqual([...once]);
      }),
    );
  });

  it('moves to a newcomer its share, and nothing else', () => {
    const before = owned(fresh({}));
    const after = fresh({ members: nodes('abcd'), current: before });
    expect(loads(after, nodes('abcd'))).toEqual([3, 3, 3, 3]);
    expect(moved(before, after).map((role) => after.get(role))).toEqual(['d', 'd', 'd']);
  });

  it('gives nothing to a node that drains, and takes what it has; what nobody else can have stays, unless it leaves', () => {
    const current = owned(fresh({}));
    const draining = (state: Candidate['state']) => [...nodes('ab'), ...nodes('c', { state })];
    expect(loads(fresh({ members: draining('draining'), current }), nodes('abc'))).toEqual([6, 6, 0]);
    const alone = { current: new Map([['r0', 'c']]), eligible: new Map([['r0', ['c']]]) };
    expect(fresh({ ...alone, members: draining('draining') }).get('r0')).toBe('c');
    expect(fresh({ ...alone, members: draining('leaving') }).get('r0')).toBeNull();
  });

  it('I11: never passes a role from one node that drains to another', () => {
    fc.assert(
      fc.property(
        members,
        count,
        anyOwners,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (given, count, current, drains) => {
          const members = given.map((member, index) => ({
            ...member,
            state: drains[index] ? ('draining' as const) : ('active' as const),
          }));
          const idle = new Set(members.filter(({ state }) => state === 'draining').map(({ node }) => node));
          for (const [role, node] of assign({ roles: roles(count), members, current }))
            if (node !== null && idle.has(node)) expect(current.get(role)).toBe(node);
        },
      ),
    );
  });

  it('never gives a role to a node that may not have it, and to nobody where none of those is there', () => {
    const eligible = fc.dictionary(fc.constantFrom(...roles(60)), fc.array(fc.constantFrom(...'abcdefgh')));
    fc.assert(
      fc.property(members, count, anyOwners, eligible, (members, count, current, allowed) => {
        const given = assign({ roles: roles(count), members, current, eligible: new Map(Object.entries(allowed)) });
        for (const [role, node] of given) {
          const able = members.map((member) => member.node).filter((id) => allowed[role]?.includes(id) ?? true);
          if (able.length > 0) expect(able).toContain(node);
          else expect(node).toBeNull();
        }
      }),
    );
  });

  it('places a role where it is preferred, and brings it home only when that node has been back for long enough', () => {
    const preferred = new Map([['r0', ['c', 'b']]]);
    expect(fresh({ preferred }).get('r0')).toBe('c');
    expect(fresh({ preferred, members: nodes('ab') }).get('r0')).toBe('b');
    const current = new Map([...owned(fresh({ members: nodes('ab') })), ['r0', 'a']]);
    const back = (forMs: number) =>
      fresh({ preferred, current, failbackAfterMs: 500, members: [...nodes('ab'), ...nodes('c', { forMs })] });
    expect(back(499).get('r0')).not.toBe('c');
    expect(back(500).get('r0')).toBe('c');
  });

  it('avoids a node where a role has failed, unless there is no other', () => {
    const avoid = new Map([['r0', new Set(['a'])]]);
    const current = new Map([['r0', 'a']]);
    expect(fresh({ avoid, current }).get('r0')).not.toBe('a');
    expect(fresh({ avoid, current, members: nodes('a') }).get('r0')).toBe('a');
  });

  it('spreads over the zones what the nodes cannot have equally', () => {
    const members = [...nodes('ab', { zone: 'x' }), ...nodes('cd', { zone: 'y' })];
    const given = assign({ roles: roles(10), members, current: new Map() });
    expect(
      loads(given, members)
        .slice(0, 2)
        .reduce((a, b) => a + b),
    ).toBe(5);
  });

  it('deals 1000 roles out to 50 nodes, and to one more, in a moment', () => {
    const ids = Array.from({ length: 51 }, (_, index) => ({ node: `n${index}`, weight: 1, forMs: 1e9 }));
    const since = performance.now();
    const before = owned(assign({ roles: roles(1000), members: ids.slice(1), current: new Map() }));
    const after = assign({ roles: roles(1000), members: ids, current: before });
    expect(performance.now() - since).toBeLessThan(500);
    expect(moved(before, after)).toHaveLength(19);
  });
});
