import { describe, expect, it } from 'vitest';
import { chaos, flawless, within } from './support.js';

describe('a server that has lost the end of a session', () => {
  it('is found and counted, and somebody leads in time once it has started from nothing', within, async () => {
    const verdict = await chaos('--directed', 'apart', '--times', '1');
    expect(verdict).toMatchObject(flawless);
    expect(verdict.summary.faults.map(({ name }) => name)).toContain('servers-apart');
  });
});
