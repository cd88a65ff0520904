import { concat, from, NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { uphold } from '../../lib/election/laws.js';
import { candidate, follower, type Leadership, resigned } from '../../lib/election/leadership.js';
import { marbles, term } from './support.js';

const values: Record<string, Leadership> = {
  j: candidate('joining'),
  e: candidate('electing'),
  x: candidate('expired'),
  1: follower(1),
  2: follower(2),
  L: term(1n).leading,
  M: term(2n).leading,
  r: resigned('released'),
  u: resigned('unknown'),
};

describe('the laws upheld', () => {
  it(
    'start with a candidate at once, whatever the source does',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('---2', values).pipe(uphold())).toBe('j--2', values);
      expectObservable(cold('L   ', values).pipe(uphold())).toBe('(jL)', values);
      expectObservable(NEVER.pipe(uphold())).toBe('j', values);
    }),
  );

  it(
    'do not repeat the first candidate when the source starts with it',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('j--j--2', values).pipe(uphold())).toBe('j-----2', values);
    }),
  );

  it(
    'drop a value equal to its neighbour, and keep one that differs in a detail',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-2-2-1-1-x-x-e', values).pipe(uphold())).toBe('j2---1---x---e', values);
    }),
  );

  it(
    'drop the same leadership, and keep another with the same token',
    marbles(({ cold, expectObservable }) => {
      const twin = { ...values, T: term(1n).leading };
      expectObservable(cold('-L-L-e-T', twin).pipe(uphold())).toBe('jL---e-T', twin);
    }),
  );

  it(
    'put a candidate between two leaderships that follow each other',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-L---M---L', values).pipe(uphold())).toBe('jL---(eM)(eL)', values);
    }),
  );

  it(
    'end after the first resigned, and let go of the source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-L-r-L-u|', values);
      expectObservable(source.pipe(uphold())).toBe('jL-(r|)', values);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it(
    'pass on an error',
    marbles(({ expectObservable }) => {
      const source = concat(
        of(values.L as Leadership),
        throwError(() => 'denied'),
      );
      expectObservable(source.pipe(uphold())).toBe('(jL#)', values, 'denied');
    }),
  );

  it(
    'let go of the source on unsubscription',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-2----', values);
      expectObservable(source.pipe(uphold()), '^--!').toBe('j2', values);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it('are idempotent', () => {
    const told: Leadership[] = [];
    const script = [...'LMrL'].map((name) => values[name] as Leadership);
    from(script)
      .pipe(uphold(), uphold())
      .subscribe((value) => void told.push(value));
    expect(told.map(({ role }) => role)).toEqual(['candidate', 'leader', 'candidate', 'leader', 'resigned']);
  });
});
