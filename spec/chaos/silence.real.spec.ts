import { describe, expect, it } from 'vitest';
import { chaos, flawless, within } from './support.js';

describe('a leader connected to a follower of the ensemble', () => {
  it('never leads beside its successor after silences around the session timeout', within, async () => {
    expect(await chaos('--directed', 'silence', '--times', '5')).toMatchObject(flawless);
  });
});

describe('a leader that resigns', () => {
  it('costs its successor no wait', within, async () => {
    const verdict = await chaos('--directed', 'resign', '--times', '20');
    expect(verdict).toMatchObject(flawless);
    expect(verdict.summary.elections).toBe(21);
  });
});
