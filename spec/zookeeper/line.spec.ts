import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aheadOf,
  howMany,
  identityIn,
  identityOf,
  inOrder,
  longestLease,
  namePrefix,
  needsBirthOrder,
  type Place,
  parseLine,
  parsePlace,
  remember,
} from '../../lib/zookeeper/line.js';

const V4 = '01234567-89ab-4cde-8f01-23456789abcd';
const OURS = `_c_${'0000001e-89ab-8cde-8f01-23456789abcd'}`;
const sequenced = (sequence: number) => String(sequence).padStart(10, '0');
const identity = fc.uuid({ version: 4 }).map(identityOf);
const naming = fc.constantFrom('curator', 'kazoo', 'go');
const place = (sequence: number, name = `${OURS}-latch-${sequenced(sequence)}`): Place => parsePlace(name)!;

describe('a name in line', () => {
  it.each([
    ['ours, as Curator’s LeaderLatch', `${OURS}-latch-0000000007`, 7, 30],
    ['Curator’s LeaderLatch', `_c_${V4}-latch-0000000007`, 7, undefined],
    ['Curator’s mutex', `_c_${V4}-lock-0000000007`, 7, undefined],
    ['go-zookeeper', `_c_${V4.replaceAll('-', '')}-lock-0000000007`, 7, undefined],
    ['kazoo', `${V4.replaceAll('-', '')}__lock__0000000007`, 7, undefined],
    ['the last sequence', `${OURS}-latch-2147483647`, 2147483647, 30],
    ['a sequence after the overflow', `${OURS}-latch--2147483648`, -2147483648, 30],
    ['a small negative sequence', `${OURS}-latch--000000005`, -5, 30],
  ])('of %s is read', (_what, name, sequence, leaseMs) => {
    expect(parsePlace(name)).toMatchObject({ name, sequence, leaseMs });
  });

  it.each([
    ['nothing', ''],
    ['no digits', `${OURS}-latch-`],
    ['nine digits', `${OURS}-latch-000000007`],
    ['eleven digits', `${OURS}-latch-00000000007`],
    ['a minus and ten zeros too many', `${OURS}-latch--00000000005`],
    ['no id', '_c_-latch-0000000007'],
    ['an id that is no UUID', '_c_leader-latch-0000000007'],
    ['only a sequence', '0000000169'],
    ['another recipe', 'n_0000000007'],
    ['something behind it', `${OURS}-latch-0000000007x`],
    ['a line break behind it', `${OURS}-latch-0000000007\n`],
    ['something before it', `x${OURS}-latch-0000000007`],
    ['lock of kazoo’s semaphore', `${V4.replaceAll('-', '')}__lease__0000000007`],
  ])('with %s is no candidate’s', (_what, name) => {
    expect(parsePlace(name)).toBeUndefined();
  });

  it('tells identity and lease of whoever wears it, in every dialect', () => {
    fc.assert(
      fc.property(
        naming,
        identity,
        fc.integer({ min: 10, max: 2 ** 31 - 1 }),
        fc.nat(2 ** 31 - 1),
        (how, id, ms, n) => {
          const name = namePrefix(how, id, ms) + sequenced(n);
          expect(parsePlace(name)).toEqual({ name, sequence: n, leaseMs: ms });
          expect(identityIn(name)).toBe(id);
        },
      ),
    );
  });

  it('never tells a shorter lease than the real one', () => {
    expect(parsePlace(`${namePrefix('curator', identityOf(V4), 33.4)}0000000000`)?.leaseMs).toBe(34);
  });

  it('is ignored, whatever it is, if it is nobody’s: no name makes the line throw', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constant(`${OURS}-latch-0000000007`))), (names) => {
        expect(parseLine(names).map(({ name }) => name)).toEqual(
          names.filter((name) => name.startsWith('_c_0000001e')),
        );
      }),
    );
  });
});

describe('the order of the line', () => {
  const places = fc
    .uniqueArray(fc.nat(2 ** 31 - 2 ** 16 - 1), { maxLength: 50 })
    .map((all) => all.map((n) => place(n)));

  it('is that of the sequence numbers, whatever comes before them in the names', () => {
    const kazoo = parsePlace(`${'f'.repeat(32)}__lock__0000000002`)!;
    const curator = parsePlace(`_c_${V4}-latch-0000000010`)!;
    expect(inOrder([place(11), curator, kazoo, place(3)]).map(({ sequence }) => sequence)).toEqual([2, 3, 10, 11]);
  });

  it('is the same for everybody, however the server lists the names, and if sequences repeat as well', () => {
    const names = fc.array(fc.tuple(naming, identity, fc.nat(3)), { maxLength: 20 });
    fc.assert(
      fc.property(names, fc.nat(), (all, by) => {
        const line = all.map(([how, id, n]) => parsePlace(namePrefix(how, id, 30) + sequenced(n))!);
        const turned = [...line.slice(by % (line.length || 1)), ...line.slice(0, by % (line.length || 1))];
        expect(inOrder(turned)).toEqual(inOrder(line));
      }),
    );
  });

  it('puts each of those ahead, and nobody else', () => {
    fc.assert(
      fc.property(places, fc.nat(), (line, which) => {
        fc.pre(line.length > 0);
        const own = line[which % line.length]!;
        const ahead = line.filter(({ sequence }) => sequence < own.sequence);
        expect(aheadOf(own.name, line)).toEqual(ahead);
      }),
    );
  });

  it('of those ahead the nearest two are remembered, the nearest first, and how many there are beyond', () => {
    const repeating = fc
      .array(fc.tuple(identity, fc.nat(20)))
      .map((all) => all.map(([id, n]) => parsePlace(namePrefix('curator', id, 30) + sequenced(n))!));
    fc.assert(
      fc.property(fc.oneof(places, repeating), (line) => {
        const ordered = inOrder(line).reverse();
        expect(remember(line).nearest.map(({ name }) => name)).toEqual(ordered.slice(0, 2).map(({ name }) => name));
        expect(howMany(remember(line))).toBe(line.length);
      }),
    );
  });

  it('tells one that is not in line that it is not', () => {
    expect(aheadOf('somebody', [place(1)])).toBeUndefined();
  });
});

describe('near the end of the sequence', () => {
  it.each([
    [[0, 5, 2 ** 31 - 2 ** 16 - 1], false],
    [[5, 2 ** 31 - 2 ** 16], true],
    [[2 ** 31 - 1], true],
    [[-(2 ** 31)], true],
    [[-5, 7], true],
    [[], false],
  ])('%j: births are asked for: %s', (sequences, asked) => {
    const line = sequences.map((n) =>
      place(n, `${OURS}-latch-${n < 0 ? `-${String(-n).padStart(9, '0')}` : sequenced(n)}`),
    );
    expect(needsBirthOrder(line)).toBe(asked);
  });

  it('goes by the births alone, also where the counter sticks and repeats', () => {
    const stuck = [30n, 10n, 20n].map((born, i) => {
      const name = namePrefix('curator', identityOf(V4.replace('0123', `000${i}`)), 30 + i) + String(2 ** 31 - 1);
      return { born, place: parsePlace(name)! };
    });
    const line = stuck.map(({ born, place }) => ({ ...place, born }));
    expect(inOrder(line).map(({ born }) => born)).toEqual([10n, 20n, 30n]);
    expect(aheadOf(line[2]!.name, line)).toEqual([line[1]]);
    expect(remember(line).nearest.map(({ born }) => born)).toEqual([30n, 20n]);
  });

  it('puts one that vanished before it could be asked first: it may still believe, and whoever follows it sees that it is gone', () => {
    const [old, young] = [
      { ...place(2 ** 31 - 1), born: 0n },
      { ...place(1), born: 5n },
    ] as const;
    expect(inOrder([young, old])).toEqual([old, young]);
  });
});

describe('the longest lease', () => {
  it('is that of ours with the longest, 0 among foreign ones', () => {
    const of = (ms: number) => parsePlace(`${namePrefix('kazoo', identityOf(V4), ms)}0000000001`)!;
    expect(longestLease([of(20), of(3000), of(40)])).toBe(3000);
    expect(longestLease([parsePlace(`_c_${V4}-latch-0000000007`)!])).toBe(0);
    expect(longestLease([])).toBe(0);
  });
});
