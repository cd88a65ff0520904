import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader } from '../../lib/zookeeper/codec.js';
import { identityOf, namePrefix, parseLine, parsePlace } from '../../lib/zookeeper/line.js';
import { NOBODY, sequenceIn } from '../../lib/zookeeper/name.js';
import { readRoll, rollOf } from '../../lib/zookeeper/roll.js';
import { listingOf } from '../support/listing.js';

const sequenced = (sequence: number) => String(sequence).padStart(10, '0');
const naming = fc.constantFrom('curator', 'kazoo', 'go');
const ours = fc
  .tuple(naming, fc.uuid({ version: 4 }).map(identityOf), fc.integer({ min: 10, max: 2 ** 32 - 1 }))
  .map(([how, id, ms]) => namePrefix(how, id, ms));
const foreign = fc
  .tuple(fc.constantFrom('', '_c_'), fc.uuid(), fc.boolean(), fc.constantFrom('-latch-', '-lock-', '__lock__'))
  .map(([start, id, dashes, mark]) => start + (dashes ? id : id.replaceAll('-', '')) + mark);
/** Few numbers, so that many are equal. */
const number = fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 2 ** 16 - 1)).map(sequenced);
const candidate = fc.tuple(fc.oneof(ours, foreign), number).map(([prefix, digits]) => prefix + digits);
/** Also what may come before or after it, or in place of one of its letters. */
const letter = fc.oneof(
  fc.constantFrom(...'0aAfFgG9_-:/`@ \n\0', 'é', '€', '😀', 'ı', '\u0130'),
  fc.string({ minLength: 1, maxLength: 1 }),
);
const nearMiss = fc.tuple(candidate, fc.nat(60), fc.nat(2), letter).map(([name, at, left, by]) => {
  const where = Math.min(at, name.length);
  return name.slice(0, where) + by + name.slice(where + left);
});
const untrusted = fc
  .tuple(ours, fc.constantFrom('2147483647', '2147418112', '9999999999', '-000000005', '-2147483648', '-000000000'))
  .map(([prefix, digits]) => prefix + digits);
const rubbish = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 48, maxLength: 58 }));
const child = fc.oneof({ weight: 6, arbitrary: candidate }, { weight: 3, arbitrary: nearMiss }, rubbish);

/** May have a number that is not to be trusted. */
const isOdd = (name: string) => /(?:-latch-|-lock-|__lock__)(?:-|[2-9])/.test(name);

const called = (own: string, names: readonly string[]) => readRoll(new Reader(listingOf(names)), own);
const looked = (own: string, names: readonly string[]) => rollOf(own, parseLine(names));
const read = (name: string) => {
  let sequence = NOBODY;
  new Reader(listingOf([name])).each((bytes, from, to) => {
    sequence = sequenceIn(bytes, from, to);
  });
  return sequence;
};

describe('a name read as bytes', () => {
  it('is a candidate’s exactly where it is one as a string, and has the same number', () => {
    fc.assert(
      fc.property(fc.oneof(child, nearMiss), (name) => {
        fc.pre(!isOdd(name));
        expect(read(name)).toBe(parsePlace(name)?.sequence ?? NOBODY);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the roll of a line', () => {
  it('tells what the names tell as strings: who is nearest, how many are further ahead, the longest lease', () => {
    const line = fc.uniqueArray(child, { maxLength: 40 });
    fc.assert(
      fc.property(line, fc.oneof(ours, foreign), number, fc.nat(), (others, prefix, digits, at) => {
        const own = prefix + digits;
        const names = others.toSpliced(at % (others.length + 1), 0, own);
        const found = called(own, names);
        if (found) expect(found).toEqual(looked(own, names));
        else expect(names.filter(isOdd)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is decided by the names where sequences are the same', () => {
    const equals = fc.uniqueArray(fc.oneof(ours, foreign), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(equals, fc.nat(), (prefixes, which) => {
        const names = prefixes.map((prefix) => prefix + sequenced(7));
        const own = names[which % names.length]!;
        expect(called(own, names)).toEqual(looked(own, names));
      }),
    );
  });

  it('tells one that is not in line that it is not', () => {
    fc.assert(
      fc.property(fc.array(child), candidate, (names, own) => {
        fc.pre(!names.includes(own) && !names.some(isOdd));
        expect(called(own, names)).toEqual({ ahead: undefined, longestMs: 0 });
      }),
    );
  });

  it('of an empty line is that nobody is there', () => {
    expect(called(`${namePrefix('go', identityOf('0'.repeat(32)), 30)}0000000001`, [])).toEqual({
      ahead: undefined,
      longestMs: 0,
    });
  });

  it('is left to the births as soon as one number is not to be trusted', () => {
    fc.assert(
      fc.property(fc.array(candidate), candidate, untrusted, fc.nat(), (others, own, odd, at) => {
        const names = [own, ...others].toSpliced(at % (others.length + 2), 0, odd);
        expect(called(own, names)).toBeUndefined();
        expect(called(odd, names)).toBeUndefined();
      }),
    );
  });

  it('of an answer that is cut off anywhere is none: it throws, as reading the names does', () => {
    const names = [1, 2, 3].map((n) => namePrefix('curator', identityOf('0'.repeat(32)), 30) + sequenced(n));
    const whole = listingOf(names);
    for (let end = 20; end < whole.length; end++) {
      const cut = whole.subarray(0, end);
      expect(() => readRoll(new Reader(cut), names[2]!)).toThrow(RangeError);
      expect(() => new Reader(cut).texts()).toThrow(RangeError);
    }
    expect(readRoll(new Reader(whole), names[2]!)).toMatchObject({ ahead: { beyond: 0 }, longestMs: 30 });
  });
});
