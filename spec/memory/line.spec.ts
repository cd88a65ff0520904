import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ask,
  emptyLine,
  handOver,
  join,
  type Line,
  leaderOf,
  leave,
  type Place,
  participantsOf,
  settle,
  verdict,
} from '../../lib/memory/line.js';

const byWeight = (a: { data: unknown }, b: { data: unknown }) => (b.data as number) - (a.data as number);

let orders = 0;
function place(id: string, given: Partial<Place> = {}): Place {
  orders += 1;
  const order = orders;
  return { name: `${id}#${order}`, order, id, data: 1, since: 0, prefer: undefined, preempt: false, ...given };
}

let tokens = 0n;
const nextToken = () => {
  tokens += 1n;
  return tokens;
};

/** Changes a line, and lets follow what follows. */
const following = (line: Line, ...changes: Array<(line: Line) => Line>) =>
  changes.reduce((now, change) => settle(change(now), nextToken, 0), line);
const joined = (...places: Place[]) =>
  places.reduce((line, one) => following(line, (now) => join(now, one)), emptyLine);
const ids = (line: Line) => line.places.map(({ id }) => id).join('');
const token = (line: Line) => line.claim?.token ?? 0n;
const stepDown = (line: Line, to?: string) => following(ask(line, to), (asked) => handOver(asked, token(asked)));

describe('a line', () => {
  it('is led by whoever joined first', () => {
    const line = joined(place('a'), place('b'));
    expect([ids(line), leaderOf(line)?.id]).toEqual(['ab', 'a']);
  });

  it('tells each of its places what it is', () => {
    const [a, b, c] = [place('a'), place('b'), place('c')];
    const line = joined(a, b, c);
    expect([a, b, c].map(({ name }) => verdict(line, name))).toEqual([
      { is: 'leader', token: token(line) },
      { is: 'waiting', ahead: 1 },
      { is: 'waiting', ahead: 2 },
    ]);
    expect(verdict(line, 'nobody')).toEqual({ is: 'gone' });
    expect(verdict(leave(line, a.name), b.name)).toEqual({ is: 'first' });
  });

  it('is led by the next one when the leader leaves, and by the same when another does', () => {
    const [a, b, c] = [place('a'), place('b'), place('c')];
    const line = joined(a, b, c);
    expect(token(following(line, (now) => leave(now, b.name)))).toBe(token(line));
    const next = following(line, (now) => leave(now, a.name));
    expect([leaderOf(next)?.id, token(next) > token(line)]).toEqual(['b', true]);
  });

  it('is itself when somebody leaves who is not in it', () => {
    const line = joined(place('a'));
    expect(leave(line, 'nobody')).toBe(line);
    expect(handOver(line, token(line) + 1n)).toBe(line);
    expect(settle(line, nextToken, 0)).toBe(line);
  });

  it('sends a leader that hands over to the back', () => {
    const line = stepDown(joined(place('a'), place('b'), place('c')));
    expect([ids(line), leaderOf(line)?.id, line.asked]).toEqual(['bca', 'b', false]);
  });

  it('lets the nominee lead; those ahead of it pass', () => {
    const line = stepDown(joined(place('a'), place('b'), place('c'), place('d')), 'd');
    expect([ids(line), line.nominee]).toEqual(['dabc', undefined]);
  });

  it('forgets a nominee that has left', () => {
    const [a, b, c] = [place('a'), place('b'), place('c')];
    const line = stepDown(leave(ask(joined(a, b, c), 'c'), c.name), 'c');
    expect([ids(line), line.nominee]).toEqual(['ba', undefined]);
  });

  it('lets the preferred lead at a vacancy, and not before', () => {
    const [a, b, c] = [1, 2, 3].map((data) => place(`${data}`, { data, prefer: byWeight })) as [Place, Place, Place];
    const line = joined(a, b, c);
    expect(leaderOf(line)?.id).toBe('1');
    expect(ids(following(line, (now) => leave(now, a.name)))).toBe('32');
  });

  it('asks a leader that may be preempted to hand over to a better newcomer', () => {
    const preempt = { prefer: byWeight, preempt: true };
    const line = joined(place('a', { data: 1, ...preempt }));
    expect(following(line, (now) => join(now, place('worse', { data: 0, ...preempt }))).asked).toBe(false);
    expect(following(line, (now) => join(now, place('better', { data: 2, ...preempt }))).asked).toBe(true);
  });

  it('does not take leadership back from a nominee for those who passed', () => {
    const preempt = { prefer: byWeight, preempt: true };
    const line = stepDown(joined(place('a', { data: 5, ...preempt }), place('b', { data: 1, ...preempt })), 'b');
    const later = following(line, (now) => join(now, place('c', { data: 0 })));
    expect([leaderOf(later)?.id, later.asked]).toEqual(['b', false]);
  });

  it('keeps to its nominee when a better one than the leader joins meanwhile', () => {
    const preempt = { prefer: byWeight, preempt: true };
    const asked = ask(joined(place('a', { data: 1, ...preempt }), place('b', { data: 0 })), 'b');
    const line = following(asked, (now) => join(now, place('c', { data: 9 })));
    expect(line.nominee).toBe('b');
    expect(leaderOf(following(line, (now) => handOver(now, token(now))))?.id).toBe('b');
  });

  it('takes a comparator that throws for one without a preference', () => {
    const broken = () => {
      throw new Error('a bug of the user');
    };
    const [a, b] = [place('a', { prefer: broken }), place('b')];
    expect(ids(joined(a, b))).toBe('ab');
  });

  it('comes to rest when everybody prefers somebody else', () => {
    const prefer = (one: { id: string }, other: { id: string }) => (one.id === other.id ? 0 : -1);
    const line = joined(place('a', { prefer }), place('b', { prefer }), place('c', { prefer }));
    expect(leaderOf(stepDown(line))).toBeDefined();
  });

  it('describes its participants in the order of succession', () => {
    const [a, b] = [place('a'), place('b')];
    const line = joined(a, b);
    expect(participantsOf(line)).toMatchObject([
      { id: 'a', position: 1, role: 'leader', waitsFor: undefined },
      { id: 'b', position: 2, role: 'follower', waitsFor: a.name },
    ]);
    expect(participantsOf(leave(line, a.name))).toMatchObject([{ id: 'b', position: 1, role: 'candidate' }]);
  });
});

describe('any history of a line', () => {
  const moves = ['join', 'leave first', 'leave last', 'step down', 'transfer', 'hand over'] as const;
  const history = fc.array(fc.tuple(fc.constantFrom(...moves), fc.nat(3), fc.nat(3), fc.boolean()), { maxLength: 40 });

  it('has one leader whenever there is anybody: the first; and tokens that rise', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let line: Line = emptyLine;
        let highest = 0n;
        for (const [move, at, data, preempt] of steps) {
          const prefer = data === 0 ? undefined : byWeight;
          line = following(line, (now) => play(now, move, at, { data, prefer, preempt: preempt && data > 0 }));
          expect(line.claim === undefined).toBe(line.places.length === 0);
          expect(line.claim?.name).toBe(line.places[0]?.name);
          expect(token(line) === 0n || token(line) >= highest).toBe(true);
          expect(new Set(line.places.map(({ name }) => name)).size).toBe(line.places.length);
          highest = token(line) || highest;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('loses nobody and invents nobody while leadership changes hands', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }), fc.nat(6), (weights, to) => {
        const places = weights.map((data, at) => place(`${at}`, { data, prefer: byWeight }));
        const line = stepDown(joined(...places), `${to}`);
        expect([...line.places].sort((a, b) => a.order - b.order)).toEqual(places);
      }),
    );
  });

  function play(line: Line, move: (typeof moves)[number], at: number, given: Partial<Place>): Line {
    const places = line.places;
    switch (move) {
      case 'join':
        return join(line, place('p', given));
      case 'leave first':
        return leave(line, places[0]?.name ?? '');
      case 'leave last':
        return leave(line, places.at(-1)?.name ?? '');
      case 'step down':
        return ask(line, undefined);
      case 'transfer':
        return ask(line, places[at % (places.length || 1)]?.id);
      case 'hand over':
        return line.asked ? handOver(line, token(line)) : line;
    }
  }
});
