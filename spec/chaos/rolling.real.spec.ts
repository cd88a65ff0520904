import { describe, expect, it } from 'vitest';
import { chaos, flawless, within } from './support.js';

describe('a rolling restart of the ensemble', () => {
  it('changes no leader and interrupts no work', within, async () => {
    const verdict = await chaos('--directed', 'rolling');
    expect(verdict).toMatchObject(flawless);
    expect(verdict.summary).toMatchObject({ elections: 1, works: 1 });
  });
});
