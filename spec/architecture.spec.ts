/**
 * The house rules, read from the imports of lib/. Each rule has a counter-example, so that no rule holds for want of
 * anything to look at.
 */
import { describe, expect, it } from 'vitest';
import { files, isPure } from './architecture/files.js';
import { rooms } from './architecture/rooms.js';
import { importsOf, isOwn, read } from './architecture/sources.js';

describe('the house', () => {
  const lib = read('lib');
  const imports = importsOf(lib);
  const named = [...rooms, ...files].map((rule) => [rule.name, rule] as const);

  it('is read: every file, and what it imports', () => {
    expect(Object.keys(lib)).toEqual(expect.arrayContaining(['index.ts', 'election/candidacy.ts', 'memory/line.ts']));
    expect(imports).toContainEqual({ from: 'memory/index.ts', to: 'election/candidacy.ts', how: 'value' });
    expect(imports).toContainEqual({ from: 'memory/line.ts', to: 'election/election.ts', how: 'type' });
    expect(imports).toContainEqual({ from: 'connect.ts', to: 'memory/index.ts', how: 'lazy' });
    expect(imports.filter(({ to }) => isOwn(to) && lib[to] === undefined)).toEqual([]);
  });

  it.each(named)('keeps the rule: %s', (_, { broken }) => {
    expect(broken(imports, lib)).toEqual([]);
  });

  it.each(named)('sees a break of the rule: %s', (_, { broken, counterExample }) => {
    expect(broken(importsOf(counterExample), counterExample)).toHaveLength(1);
  });

  it('has pure files to look at', () => {
    const pure = Object.keys(lib).filter((path) => isPure(path, lib[path] ?? ''));
    expect(pure).toEqual(expect.arrayContaining(['memory/line.ts', 'election/yielding.ts']));
  });
});
