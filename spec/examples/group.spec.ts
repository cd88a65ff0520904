import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Assignment, assigners, range, roundRobin, sticky } from '../../docker/examples/group/assigners.js';
import { type Group, handle, type Rules, restore, tick } from '../../docker/examples/group/group.js';

const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }).map((some) => some.toSorted());
const counts = fc.nat({ max: 12 });

describe('assigners', () => {
  it.each(Object.entries(assigners))(
    '%s gives every partition to one member, and nobody two more than another',
    (_, assign) => {
      fc.assert(
        fc.property(ids, ids, counts, (before, after, partitions) => {
          const given = assign(after, partitions, assign(before, partitions, {}));
          const sizes = after.map((id) => given[id]!.length);
          expect(
            Object.values(given)
              .flat()
              .toSorted((a, b) => a - b),
          ).toEqual([...Array(partitions).keys()]);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }),
      );
    },
  );

  it('sticky moves no more than balance asks for, and so never more than the others', () => {
    fc.assert(
      fc.property(ids, ids, counts, (before, after, partitions) => {
        const had = sticky(before, partitions, {});
        const moves = moved(had, sticky(after, partitions, had));
        expect(moves).toBe(partitions - mostKept(after, partitions, had));
        for (const assign of [range, roundRobin])
          expect(moves).toBeLessThanOrEqual(moved(had, assign(after, partitions, had)));
      }),
    );
  });

  it('range keeps neighbours together, and round-robin does not', () => {
    expect(range(['a', 'b'], 5, {})).toEqual({ a: [0, 1, 2], b: [3, 4] });
    expect(roundRobin(['a', 'b'], 5, {})).toEqual({ a: [0, 2, 4], b: [1, 3] });
    expect(sticky(['a', 'c'], 5, { a: [0, 1, 2], b: [3, 4] })).toEqual({ a: [0, 1, 2], c: [3, 4] });
  });
});

describe('the group', () => {
  const rules: Rules = { partitions: 4, sessionTimeoutMs: 10, assign: sticky };

  it('forms a generation when the silent are out and the others have joined', () => {
    let group = join(join(restore(undefined, rules, 0), 'a', 0), 'b', 1);
    expect(group).toMatchObject({ kept: { generation: 1 }, formingSince: 1 });
    expect(handle(group, { op: 'heartbeat', member: 'a', generation: 1 }, rules, 2).refusal).toBe('rebalance');
    group = tick(group, rules, 10);
    expect(group.kept.generation).toBe(1);
    group = tick(group, rules, 11);
    expect(group.kept).toMatchObject({ generation: 2, assignment: { b: [0, 1, 2, 3] } });
    expect(handle(group, { op: 'heartbeat', member: 'a', generation: 1 }, rules, 12).refusal).toBe('unknown-member');
  });

  it('never forms a generation while a member of the last one may still trust in it, whoever coordinates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ who: fc.constantFrom('a', 'b', 'c'), what: whats, waitMs: fc.nat({ max: 6 }) })),
        neverTwo,
      ),
    );
  });

  const whats = fc.constantFrom('join', 'heartbeat', 'leave', 'tick', 'restart');
  type Act = { readonly who: string; readonly what: string; readonly waitMs: number };

  /** Each member trusts for the timeout after its last heartbeat that was granted; joining and leaving end that. */
  function neverTwo(acts: readonly Act[]): void {
    let [group, now] = [restore(undefined, rules, 0), 0];
    const trust = new Map<string, { generation: number; until: number }>();
    for (const { who, what, waitMs } of acts) {
      now += waitMs;
      const generation = trust.get(who)?.generation ?? group.kept.generation;
      const before = group.kept.generation;
      if (what === 'join' || what === 'leave') trust.delete(who);
      if (what === 'join') group = join(group, who, now);
      else if (what === 'leave') group = handle(group, { op: 'leave', member: who, generation }, rules, now).group;
      else if (what === 'heartbeat') {
        const { group: next, refusal } = handle(group, { op: 'heartbeat', member: who, generation }, rules, now);
        if (!refusal) trust.set(who, { generation, until: now + rules.sessionTimeoutMs });
        group = next;
      } else group = what === 'tick' ? tick(group, rules, now) : restore(group.kept, rules, now);
      const trusting = [...trust.values()].filter(({ generation, until }) => generation === before && until >= now);
      if (group.kept.generation !== before) expect(trusting).toEqual([]);
    }
  }

  const join = (group: Group, member: string, now: number) => handle(group, { op: 'join', member }, rules, now).group;

  it('takes commits of the present owner alone, and forward', () => {
    const group = join(restore(undefined, rules, 0), 'a', 0);
    const commit = (member: string, generation: number, offset: number) =>
      handle(group, { op: 'commit', member, generation, partition: 2, offset }, rules, 1);
    expect(commit('a', 1, 5).group.kept.offsets).toEqual([0, 0, 5, 0]);
    expect(commit('a', 0, 5).refusal).toBe('illegal-generation');
    expect(commit('b', 1, 5).refusal).toBe('unknown-member');
  });
});

const moved = (had: Assignment, given: Assignment) =>
  Object.entries(given).flatMap(([id, all]) => all.filter((one) => !had[id]?.includes(one))).length;

/** The most that any balanced assignment could leave where it is, by trying who gets the one more. */
function mostKept(members: readonly string[], partitions: number, had: Assignment): number {
  const least = Math.floor(partitions / members.length);
  const gains = members.map((id) => ((had[id]?.length ?? 0) > least ? 1 : 0)).toSorted((a, b) => b - a);
  const kept = members.reduce((sum, id) => sum + Math.min(had[id]?.length ?? 0, least), 0);
  return kept + gains.slice(0, partitions % members.length).reduce<number>((sum, gain) => sum + gain, 0);
}
