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

  it('moves no cursor and turns no text either, and is read as what it was', () => {
    const data = { colour: '\u009b31m', delete: '\u007f', turned: '\u202eabc' };
    expect(json({ data })).toBe('{"data":{"colour":"\\u009b31m","delete":"\\u007f","turned":"\\u202eabc"}}');
    expect(JSON.parse(json({ data }))).toEqual({ data });
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
    const frame = (line: string) => `\u001b[?7l\u001b[H\u001b[K${line}\n\u001b[J\u001b[?7h`;
    expect(stdout.text).toBe(`\u001b[2J${frame('a')}${frame('b')}`);
  });

  it('scrolls nothing away, however narrow the terminal', () => {
    const stdout = sink({ isTTY: true, rows: 4 });
    createOutput({ stdout, stderr: sink() }).draw(['head', 'a line too long', 'and one more', 'last']);
    expect(scrolledAway(`${stdout.text}after`, { rows: 4, columns: 5 })).toBe(0);
    expect(scrolledAway(`${stdout.text}a line too long\n`, { rows: 4, columns: 5 })).toBe(3);
  });

  it('draws everything on a terminal that does not tell its size', () => {
    const stdout = sink({ isTTY: true, rows: 0 });
    createOutput({ stdout, stderr: sink() }).draw(['1', '2', '3']);
    expect(stdout.text).not.toContain('more');
  });

  it('never draws more lines than the terminal has', () => {
    const stdout = sink({ isTTY: true, rows: 4 });
    createOutput({ stdout, stderr: sink() }).draw(['1', '2', '3', '4', '5']);
    expect(stdout.text).toContain('… 3 more');
    expect(stdout.text).not.toContain('4\n');
  });
});

/** How many rows a terminal of this size pushes out at its top. */
function scrolledAway(text: string, { rows, columns }: { rows: number; columns: number }): number {
  const cursor = { row: 0, column: 0, wraps: true };
  let away = 0;
  const next = () => {
    cursor.column = 0;
    if (cursor.row < rows - 1) cursor.row++;
    else away++;
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a terminal obeys.
  for (const [part] of text.matchAll(/\u001b\[[?\d]*[A-Za-z]|./gs)) {
    if (part === '\u001b[H') Object.assign(cursor, { row: 0, column: 0 });
    else if (part.startsWith('\u001b[?7')) cursor.wraps = part.endsWith('h');
    else if (part === '\n') next();
    else if (!part.startsWith('\u001b')) {
      if (cursor.column === columns && cursor.wraps) next();
      cursor.column = Math.min(columns, cursor.column + 1);
    }
  }
  return away;
}

describe('shortening', () => {
  it('keeps what fits and marks what it cut', () => {
    expect(shortened('abc', 3)).toBe('abc');
    expect(shortened('abcd', 3)).toBe('ab…');
  });
});
