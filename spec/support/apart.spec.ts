import { describe, expect, it } from 'vitest';
import { oddOne } from './apart.js';

/** Three looks at three servers, each a word of letters for what it has. */
const looks = (...lines: string[]) => lines.map((line) => line.split(' ').map((letters) => new Set(letters)));

describe('of three servers', () => {
  it('the one that keeps what the others have not is odd', () => {
    expect(oddOne(looks('a ab a', 'a ab a', 'a ab a'))).toEqual({ index: 1, what: 'b' });
  });

  it('the one that has not what the others keep is odd', () => {
    expect(oddOne(looks('ab ab a', 'ab ab a', 'ab ab a'))).toEqual({ index: 2, what: 'b' });
  });

  it('none is while something comes or goes, whoever hears of it first', () => {
    expect(oddOne(looks('a a a', 'ab a a', 'ab ab a'))).toBeUndefined();
    expect(oddOne(looks('ab ab ab', 'a ab ab', 'a a a'))).toBeUndefined();
  });

  it('the one is odd that in its third look still has what another had lost in the second: it knows as much by then', () => {
    expect(oddOne(looks('ab ab ab', 'a ab ab', 'a a ab'))).toEqual({ index: 2, what: 'b' });
  });

  it('none is where all have the same, or nothing', () => {
    expect(oddOne(looks('ab ab ab', 'ab ab ab', 'ab ab ab'))).toBeUndefined();
    expect(oddOne([1, 2, 3].map(() => [new Set<string>(), new Set<string>(), new Set<string>()]))).toBeUndefined();
  });
});
