import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inSpecs } from './mutants/elsewhere.js';
import { ofTheLease } from './mutants/lease.js';
import { ofTheLine } from './mutants/line.js';

/** `npm run sim:mutants` tries them. */
describe('the mutants of the recipe', () => {
  it.each([...ofTheLease, ...ofTheLine, ...inSpecs])('$name: fits its file', ({ file, from, to }) => {
    expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  });

  it('have names of their own', () => {
    const names = [...ofTheLease, ...ofTheLine].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
