import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, type Letter } from '../../lib/peers/letters.js';

const candidate = {
  ...{ name: 'a-1', id: 'a', weight: 1.5, order: 3, settled: true, since: 1, data: { x: null }, host: 'h', pid: 7 },
};
const token = 2n ** 100n;
const told = {
  ...{ candidates: [candidate], claim: { name: 'a-1', token, since: 2 }, nominee: 'b-1' },
  orders: new Map([['a-1', 3]]),
};
const letters: Letter[] = [
  { type: 'machine', election: 'jobs', body: { any: 'thing' } },
  { type: 'told', election: 'jobs', count: 1, told },
  { type: 'told', election: 'jobs', count: 2, told: { ...told, claim: undefined, nominee: undefined } },
  { type: 'greeted' },
  { type: 'ask', election: 'jobs', id: 'q', ask: { do: 'evict', name: 'a-1' } },
  { type: 'ask', election: 'jobs', id: 'q', ask: { do: 'step down', name: 'a-1', token, to: 'b' } },
  { type: 'answer', id: 'q', found: false },
];
const wire = (letter: Letter) => JSON.parse(JSON.stringify(encode(letter)));

describe('a letter', () => {
  it.each(letters.map((letter) => [letter.type, letter] as const))('%s arrives as it was written', (_, letter) => {
    expect(decode(wire(letter))).toEqual(letter);
  });

  it('is none with any field left out or of another kind, and what does not belong to it is left behind', () => {
    for (const letter of letters) {
      const fair = wire(letter);
      for (const field of Object.keys(fair).filter((name) => name !== 'body'))
        for (const spoilt of [undefined, null, {}, -0.5]) {
          if (field === 'count' && spoilt === -0.5) continue;
          expect([field, decode({ ...fair, [field]: spoilt })]).toEqual([field, undefined]);
        }
      expect(decode({ ...fair, more: 1 })).toEqual(letter);
    }
  });

  it.each([
    ['a candidate without a name', { candidates: [{ ...candidate, name: '' }] }],
    ['an order that is no number', { orders: [['a-1', '3']] }],
    ['a token that is no number', { claim: { name: 'a-1', token: '-1', since: 2 } }],
    ['a nominee that is no name', { nominee: 7 }],
  ])('is none with %s', (_, spoilt) => {
    const fair = wire(letters[1] as Letter);
    expect(decode({ ...fair, told: { ...fair.told, ...spoilt } })).toBe(undefined);
  });

  it('is read from anything without a throw', () => {
    fc.assert(fc.property(fc.jsonValue(), (message) => void decode(message)));
  });
});
