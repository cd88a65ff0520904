import { describe, expect, it } from 'vitest';
import { chaos, flawless, within } from './support.js';

describe('the lease excludes', () => {
  it('a leader whose server is cut off from the ensemble while its connection stays up', within, async () => {
    const verdict = await chaos('--directed', 'isolate', '--times', '3');
    expect(verdict).toMatchObject(flawless);
    expect(verdict.summary.elections).toBeGreaterThan(2);
  });

  it('a leader lost without a goodbye, from whoever finds the line empty', within, async () => {
    expect(await chaos('--directed', 'newcomer', '--times', '3')).toMatchObject(flawless);
  });
});
