/** The recipe in every interleaving, and what each of its rules is for. `npm run model` prints the same as a table. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { alive, recipe, unsound } from './rules.js';
import { check, ensureSpin } from './spin.js';

/** Each keeps one core busy. */
vi.setConfig({ maxConcurrency: 2 });
beforeAll(ensureSpin, 600_000);

describe('in the model of the election', { timeout: 600_000, concurrent: true }, () => {
  it('two never believe at once', async () => {
    const { verdict, states } = await check(recipe);
    expect(verdict).toBe('holds');
    expect(states).toBeGreaterThan(100_000);
  });

  it.each(alive)('it is refuted that $name', async (claim) => {
    expect((await check(claim)).verdict).toBe('refuted');
  });

  it.each(unsound)('two would believe at once if $name', async (rule) => {
    const { verdict, story } = await check(rule);
    expect(verdict).toBe('refuted');
    expect(story.length).toBeGreaterThan(3);
  });
});
