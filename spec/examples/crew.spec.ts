import fc from 'fast-check';
import { expect, it } from 'vitest';
import { filesOf, summary, znodeOf } from '../../docker/examples/crew/files.js';

it('gives every file that is not done to exactly one role', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1 }));
  fc.assert(
    fc.property(names, names, fc.integer({ min: 1, max: 9 }), (all, finished, count) => {
      const done = new Set(finished.map(znodeOf));
      const given = Array.from({ length: count }, (_, role) => filesOf(`${role}`, count, all, done)).flat();
      expect(given.toSorted()).toEqual(all.filter((name) => !finished.includes(name)).toSorted());
    }),
  );
});

it('counts words', () => {
  expect(summary(' one  two\nthree\n')).toBe('3 words\n');
  expect(summary('')).toBe('0 words\n');
});
