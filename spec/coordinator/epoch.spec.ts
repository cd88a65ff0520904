import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareEpochs, createEpochGate, epochFromText, epochToText } from '../../lib/coordinator/epoch.js';

const token = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const at = (token: bigint, incarnation = 'a1') => ({ role: 'r', term: 1, token, incarnation });

describe('an epoch', () => {
  it('as text sorts like itself, and is read back', () => {
    fc.assert(
      fc.property(token, token, (one, other) => {
        const [a, b] = [epochToText(at(one)), epochToText(at(other))];
        expect(Math.sign(a < b ? -1 : a > b ? 1 : 0)).toBe(compareEpochs(at(one), at(other)));
        expect(epochFromText(a)).toEqual({ incarnation: 'a1', token: one });
      }),
    );
    expect(['', 'a1', 'a1.12', 'A1.0000000000000001', `${'a'.repeat(65)}.0000000000000001`].map(epochFromText)).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('cannot be compared with one of another incarnation', () => {
    expect(() => compareEpochs(at(1n), at(2n, 'b2'))).toThrow(
      expect.objectContaining({ code: 'INCARNATION_MISMATCH' }),
    );
  });
});

describe('a gate', () => {
  it('I1: never admits a token smaller than one it has admitted, whatever the term says', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(token, fc.nat())), (shown) => {
        const gate = createEpochGate();
        let highest = -1n;
        for (const [token, term] of shown) {
          const verdict = gate.admit({ ...at(token), term } as never);
          expect(verdict).toBe(token < highest ? 'stale' : token === highest ? 'current' : 'newer');
          if (token > highest) highest = token;
          expect(gate.highest?.token).toBe(highest);
        }
      }),
    );
  });

  it('goes on from what a resource has kept, and refuses another incarnation', () => {
    const gate = createEpochGate({ incarnation: 'a1', token: 5n });
    expect([gate.admit(at(4n)), gate.admit(at(5n)), gate.admit(at(6n))]).toEqual(['stale', 'current', 'newer']);
    expect(() => gate.admit(at(7n, 'b2'))).toThrow(expect.objectContaining({ code: 'INCARNATION_MISMATCH' }));
  });
});
