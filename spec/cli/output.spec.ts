import { describe, expect, it } from 'vitest';
import { age, createOutput, json, printable, shortened, table } from '../../lib/cli/output.js';
import { sink } from './support.js';

describe('a table', () => {
  it('has no borders, columns as wide as their widest cell, and dashes for what is unknown', () => {
    const rows = [
      ['orders', 'worker-1', '3'],
      ['x', undefined, '12'],
    ];
    expect(table(['NAME', 'LEADER', 'N'], rows)).toEqual([
      'NAME     LEADER     N',
      'orders   worker-1   3',
      'x        -          12',
    ]);
  });

  it('shows control characters as escapes, so that no id moves the cursor', () => {
    expect(table(['ID'], [['\u001b[2Jme\u202e']])).toEqual(['ID', '\\u001b[2Jme\\u202e']);
    expect(printable('a\tb')).toBe('a\\u0009b');
  });
});

describe('an age', () => {
  it.each([
    [-5_000, '0s'],
    [999, '0s'],
    [7_000, '7s'],
    [60_000, '1m'],
    [61_000, '1m1s'],
    [41 * 60_000, '41m'],
    [3 * 3_600_000 + 12 * 60_000 + 9_000, '3h12m'],
    [74 * 3_600_000, '3d2h'],
    [400 * 86_400_000, '400d'],
  ])('of %d ms is %s: the two largest units', (ms, text) => {
    expect(age(ms)).toBe(text);
  });
});

describe('JSON', () => {
  it('is one line, with bigints as strings and what is unknown as null', () => {
    expect(json({ token: 2n ** 63n, data: { a: 'x\ny' }, host: undefined })).toBe(
      '{"token":"9223372036854775808","data":{"a":"x\\ny"},"host":null}',
    );
  });
});

describe('colour', () => {
  const painted = (isTTY: boolean, env: Record<string, string>) =>
    createOutput({ stdout: sink({ isTTY }), stderr: sink(), env }).paint('green', 'x') !== 'x';

  it.each([
    ['on a terminal', true, {}, true],
    ['not in a pipe', false, {}, false],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, false],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['on with an empty NO_COLOR, as its standard says', true, { NO_COLOR: '' }, true],
    ['in a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['not with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
    ['not with both: NO_COLOR wins', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('is %s', (_, isTTY, env, expected) => {
    expect(painted(isTTY, env as Record<string, string>)).toBe(expected);
  });
});

describe('drawing', () => {
  it('clears the terminal once, then goes home and clears only what is left over', () => {
    const stdout = sink({ isTTY: true, rows: 24 });
    const out = createOutput({ stdout, stderr: sink() });
    out.draw(['a']);
    out.draw(['b']);
    expect(stdout.text).toBe('\u001b[2J\u001b[Ha\u001b[K\n\u001b[J\u001b[Hb\u001b[K\n\u001b[J');
  });

  it('never draws more lines than the terminal has', () => {
    const stdout = sink({ isTTY: true, rows: 4 });
    createOutput({ stdout, stderr: sink() }).draw(['1', '2', '3', '4', '5']);
    expect(stdout.text).toContain('… 3 more');
    expect(stdout.text).not.toContain('4\u001b');
  });
});

describe('shortening', () => {
  it('keeps what fits and marks what it cut', () => {
    expect(shortened('abc', 3)).toBe('abc');
    expect(shortened('abcd', 3)).toBe('ab…');
  });
});
