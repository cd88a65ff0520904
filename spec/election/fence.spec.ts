import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFence } from '../../lib/election/fence.js';
import { InvalidOptionError, StaleTokenError } from '../../lib/errors.js';

describe('a fence', () => {
  it('admits tokens that rise, and the same one again', () => {
    const fence = createFence();
    for (const token of [3n, 3n, 8n]) fence.admit(token);
    expect(fence.highest).toBe(8n);
  });

  it('refuses a token smaller than the highest it has seen, and names both', () => {
    const fence = createFence();
    fence.admit(8n);
    expect(() => fence.admit(7n)).toThrow(StaleTokenError);
    expect(() => fence.admit(7n)).toThrow(expect.objectContaining({ offered: 7n, highest: 8n }));
    expect(fence.highest).toBe(8n);
  });

  it('begins with what the resource has seen before', () => {
    const fence = createFence(41n);
    expect(fence.highest).toBe(41n);
    expect(() => fence.admit(40n)).toThrow(StaleTokenError);
    fence.admit(41n);
  });

  it.each([[1], ['1'], [undefined], [null]])('takes nothing but a bigint: not %j', (token) => {
    expect(() => createFence().admit(token as unknown as bigint)).toThrow(InvalidOptionError);
  });

  it('has seen the largest token admitted, after any offers whatever', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 50n })), (offers) => {
        const fence = createFence();
        let highest = 0n;
        for (const token of offers) {
          const admit = () => fence.admit(token);
          if (token < highest) expect(admit).toThrow(StaleTokenError);
          else admit();
          if (token > highest) highest = token;
          expect(fence.highest).toBe(highest);
        }
      }),
    );
  });
});
