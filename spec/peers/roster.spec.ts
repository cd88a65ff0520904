import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  claimOf,
  emptyRoster,
  heirAtHome,
  nextOrder,
  placesOf,
  type Roster,
  standingOf,
  type Told,
  verdict,
} from '../../lib/peers/roster.js';
import { claim, depart, departed, enter, forget, hear, yieldClaim } from '../../lib/peers/roster-changes.js';
import { heirOf } from '../../lib/peers/succession.js';

const one = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  ...{ name, id: name, weight: 0, order: 1, settled: false, since: 0, data: undefined, host: 'h', pid: 1 },
  ...more,
});
const told = (more: Partial<Told> = {}): Told => ({
  ...{ candidates: [], claim: undefined, nominee: undefined, orders: new Map() },
  ...more,
});
const claims = (name: string, token = 1n) => ({ name, token, since: 0 });
const names = (roster: Roster) => placesOf(roster).map(({ name }) => name);
const everybody = () => true;

/** a leads on this node with token 1; b, c and d have told of themselves. */
function led(): Roster {
  const alone = claim(enter(emptyRoster('A'), one('a')), claims('a'));
  return ['b', 'c', 'd'].reduce((now, name) => hear(now, name, told({ candidates: [one(name)] })), alone);
}

describe('a roster', () => {
  it('whose node leads gives newcomers the next orders, in turn, and changes none that it gave', () => {
    const { orders } = led().own;
    expect([...orders]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ]);
    const later = hear(led(), 'e', told({ candidates: [one('e', { order: 0 })] }));
    expect([...later.own.orders]).toEqual([...orders, ['e', 5]]);
  });

  it('never gives an order twice, whoever comes and goes', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('B', 'C', 'D'), fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(steps, (all) => {
        let [now, count] = [led(), 0];
        const given = new Map<number, string>();
        for (const [node, comes] of all) {
          count += 1;
          now = comes ? hear(now, node, told({ candidates: [one(`x${count}`)] })) : forget(now, node);
          for (const [name, order] of now.own.orders) {
            expect(given.get(order) ?? name).toBe(name);
            given.set(order, name);
          }
          expect(names(now)[0]).toBe('a');
        }
      }),
    );
  });

  it('has the leader first, then the heavier, then who came earlier, and last whom no leader has heard of', () => {
    const heavy = hear(led(), 'e', told({ candidates: [one('e', { weight: 5, order: 9, settled: true })] }));
    expect(names(heavy)).toEqual(['a', 'e', 'b', 'c', 'd']);
    const follows = hear(emptyRoster('B'), 'A', told({ candidates: [one('a', { settled: true, order: 7 })] }));
    expect(names(enter(follows, one('b', { order: 1 })))).toEqual(['a', 'b']);
  });

  it('takes the claim with the larger token for the valid one', () => {
    const rival = told({ candidates: [one('b')], claim: claims('b', 2n), orders: new Map([['b', 1]]) });
    const now = hear(led(), 'B', rival);
    expect([claimOf(now)?.node, names(now)[0]]).toEqual(['B', 'b']);
    expect(claimOf(hear(led(), 'B', { ...rival, claim: claims('b', 0n) }))?.node).toBe('A');
  });

  it('says open to its own until the leader has given them an order, and from then on how many are ahead', () => {
    const own = enter(emptyRoster('B'), one('b', { order: 1 }));
    expect(verdict(own, 'b')).toEqual({ is: 'open' });
    const leader = told({ candidates: [one('a', { settled: true })], claim: claims('a'), orders: new Map([['a', 4]]) });
    expect(verdict(hear(own, 'A', leader), 'b')).toEqual({ is: 'open' });
    const heard = hear(own, 'A', {
      ...leader,
      orders: new Map([
        ['a', 4],
        ['b', 5],
      ]),
    });
    expect(verdict(heard, 'b')).toEqual({ is: 'waiting', ahead: 1 });
    expect(heard.own.candidates[0]).toMatchObject({ order: 5, settled: true });
    expect(verdict(forget(heard, 'A'), 'b')).toEqual({ is: 'open' });
    expect(forget(heard, 'A').own.candidates[0]).toMatchObject({ order: 5, settled: true });
  });

  it('has a next order behind all that it and the leader know of', () => {
    const orders = new Map([['gone', 41]]);
    expect(nextOrder(hear(emptyRoster('B'), 'A', told({ claim: claims('a'), orders })))).toBe(42);
    expect(nextOrder(hear(emptyRoster('B'), 'A', told({ candidates: [one('a', { order: 7 })] })))).toBe(8);
  });

  it('is the same object when nothing of its own has changed: else nodes would answer each other without end', () => {
    const now = led();
    expect(hear(now, 'b', told({ candidates: [one('b')] })).own).toBe(now.own);
    expect(forget(now, 'nobody')).toBe(now);
    expect(depart(now, 'nobody')).toBe(now);
  });

  it('lets go of its claim when the leader departs, and names the heir', () => {
    const left = depart(led(), 'a', 'c');
    expect(left.own).toMatchObject({ candidates: [], claim: undefined, nominee: 'c' });
    expect(left.own.orders.size).toBe(0);
    expect(yieldClaim(led(), 'b').own).toMatchObject({ claim: undefined, nominee: 'b' });
  });

  it('names nobody any more once somebody leads: the next vacancy is another', () => {
    const left = depart(led(), 'a', 'c');
    const waiting = hear(left, 'C', told({ candidates: [one('c')] }));
    expect(waiting.own).toBe(left.own);
    const followed = hear(waiting, 'C', told({ candidates: [one('c')], claim: claims('c', 2n) }));
    expect(followed.own.nominee).toBe(undefined);
    expect(hear(followed, 'C', told({ claim: claims('c', 2n) })).own).toBe(followed.own);
  });

  it('stands with its best, and with one on its way out only while there is nobody else', () => {
    const two = enter(enter(emptyRoster('A'), one('a', { order: 3 })), one('b', { order: 2 }));
    expect(standingOf(two, everybody)).toEqual({ weight: 0, order: 2 });
    expect(standingOf(depart(two, 'b'), everybody)).toEqual({ weight: 0, order: 3 });
    const alone = depart(depart(two, 'b'), 'a');
    expect(standingOf(alone, everybody)).toEqual({ weight: 0, order: 3 });
    expect(standingOf(departed(alone), everybody)).toBe(undefined);
    expect(standingOf(two, () => false)).toBe(undefined);
  });

  it('has the one for its heir that was named, else the best', () => {
    const two = enter(enter(emptyRoster('A'), one('a', { order: 1 })), one('b', { order: 2 }));
    expect(heirAtHome(two)?.name).toBe('a');
    expect(heirAtHome(hear(two, 'B', told({ nominee: 'b' })))?.name).toBe('b');
  });
});

describe('an heir', () => {
  const places = (...all: string[]) => all.map((name, at) => ({ ...one(name, { order: at }), node: name }));

  it('is the first, unless one is named or preferred', () => {
    expect(heirOf(places('a', 'b', 'c'), undefined)?.name).toBe('a');
    expect(heirOf(places('a', 'b', 'c'), undefined, 'c')?.name).toBe('c');
    expect(heirOf(places('a', 'b', 'c'), (x, y) => (x.id < y.id ? 1 : -1))?.name).toBe('c');
    expect(heirOf([], undefined)).toBe(undefined);
  });

  it('is somebody, though each prefers every other, and though the comparator throws', () => {
    expect(heirOf(places('a', 'b', 'c'), () => -1)).toBeDefined();
    const throws = () => {
      throw new Error('a bug of the user');
    };
    expect(heirOf(places('a', 'b', 'c'), throws)?.name).toBe('a');
  });
});
