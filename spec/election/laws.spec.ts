import { concat, from, NEVER, Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { upheld } from '../../lib/election/laws.js';
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

/** `upheld` as an operator. */
const lawful = (leadership$: Observable<Leadership>): Observable<Leadership> =>
  new Observable((subscriber) => leadership$.subscribe(upheld(subscriber)));

/** Hears, and does something about some of it. */
function hearer(act: (value: Leadership) => void = () => undefined) {
  const heard: string[] = [];
  return {
    heard,
    next: (value: Leadership) => {
      heard.push(`${value.role} begins`);
      act(value);
      heard.push(`${value.role} ends`);
    },
    error: (error: unknown) => void heard.push(`error: ${error}`),
    complete: () => void heard.push('complete'),
  };
}

describe('the laws upheld', () => {
  it(
    'start with a candidate at once, whatever the source does',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('---2', values).pipe(lawful)).toBe('j--2', values);
      expectObservable(cold('L   ', values).pipe(lawful)).toBe('(jL)', values);
      expectObservable(NEVER.pipe(lawful)).toBe('j', values);
    }),
  );

  it(
    'do not repeat the first candidate when the source starts with it',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('j--j--2', values).pipe(lawful)).toBe('j-----2', values);
    }),
  );

  it(
    'drop a value equal to its neighbour, and keep one that differs in a detail',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-2-2-1-1-x-x-e', values).pipe(lawful)).toBe('j2---1---x---e', values);
    }),
  );

  it(
    'drop the same leadership, and keep another with the same token',
    marbles(({ cold, expectObservable }) => {
      const twin = { ...values, T: term(1n).leading };
      expectObservable(cold('-L-L-e-T', twin).pipe(lawful)).toBe('jL---e-T', twin);
    }),
  );

  it(
    'put a candidate between two leaderships that follow each other',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-L---M---L', values).pipe(lawful)).toBe('jL---(eM)(eL)', values);
    }),
  );

  it(
    'end after the first resigned, and let go of the source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-L-r-L-u|', values);
      expectObservable(source.pipe(lawful)).toBe('jL-(r|)', values);
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
      expectObservable(source.pipe(lawful)).toBe('(jL#)', values, 'denied');
    }),
  );

  it(
    'let go of the source on unsubscription',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-2----', values);
      expectObservable(source.pipe(lawful), '^--!').toBe('j2', values);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it('hold back what is said, and the end, while a value is being told', () => {
    const told = hearer(({ role }) => {
      if (role !== 'leader') return;
      backend.next(values.x as Leadership);
      backend.complete();
    });
    const backend = upheld(told);
    backend.next(values.L as Leadership);
    expect(told.heard.slice(2)).toEqual([
      'leader begins',
      'leader ends',
      'candidate begins',
      'candidate ends',
      'complete',
    ]);
  });

  it('say nothing after the last word, although the source goes on', () => {
    const told = hearer();
    const backend = upheld(told);
    backend.next(values.r as Leadership);
    backend.next(values.L as Leadership);
    backend.error('late');
    backend.complete();
    expect(told.heard.slice(2)).toEqual(['resigned begins', 'resigned ends', 'complete']);
  });

  it('are idempotent', () => {
    const told: Leadership[] = [];
    const script = [...'LMrL'].map((name) => values[name] as Leadership);
    from(script)
      .pipe(lawful, lawful)
      .subscribe((value) => void told.push(value));
    expect(told.map(({ role }) => role)).toEqual(['candidate', 'leader', 'candidate', 'leader', 'resigned']);
  });
});
