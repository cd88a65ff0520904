import { describe, expect, it } from 'vitest';
import { chaos, flawless, within } from './support.js';

describe('five candidate processes on an ensemble of three', () => {
  it('obey the laws under kills, pauses, cuts, evictions and server restarts', within, async () => {
    const verdict = await chaos('--seed', '1', '--minutes', '0.4');
    expect(verdict).toMatchObject(flawless);
    expect(verdict.summary.elections).toBeGreaterThan(3);
    expect(verdict.summary.leaders).toBeGreaterThan(1);
  });

  it('would be seen to break them: a candidate whose clock breaks the bound on rates is caught', within, async () => {
    const { passed, violations } = await chaos('--directed', 'newcomer', '--times', '1', '--mutant', 'slow-clock');
    expect(passed).toBe(false);
    expect(violations.map(({ law }) => law)).toContain('one leader');
  });
});
