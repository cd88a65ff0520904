/** The recipe in every interleaving, and what each of its rules is for. `npm run model` prints the same as a table. */
import { beforeAll, describe, expect, it } from 'vitest';
import { alive, recipe, unsound } from './rules.js';
import { check, ensureSpin } from './spin.js';

beforeAll(ensureSpin, 600_000);

describe('in the model of the election', { timeout: 120_000 }, () => {
  it('two never believe at once', () => {
    const { verdict, states } = check(recipe);
    expect(verdict).toBe('holds');
    expect(states).toBeGreaterThan(100_000);
  });

  it.each(alive)('it is refuted that $name', (claim) => {
    expect(check(claim).verdict).toBe('refuted');
  });

  it.each(unsound)('two would believe at once if $name', (rule) => {
    const { verdict, story } = check(rule);
    expect(verdict).toBe('refuted');
    expect(story.length).toBeGreaterThan(3);
  });
});
