import { describe, expect, it } from 'vitest';
import { chaos, flawless, within } from './support.js';

describe('a rolling restart of the ensemble', () => {
  it('changes no leader and interrupts no work', within, async () => {
    // A session of 6 s. Its lease must outlast the ensemble's own election, which takes 2.4 s on an overloaded machine.
    const verdict = await chaos('--directed', 'rolling', '--lease-ms', '4000');
    expect(verdict).toMatchObject(flawless);
    expect(verdict.summary).toMatchObject({ elections: 1, works: 1 });
  });
});
