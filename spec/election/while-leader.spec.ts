import { EMPTY, type Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { candidate, follower, type Leadership, resigned } from '../../lib/election/leadership.js';
import { isIdle } from '../../lib/election/term.js';
import { whileLeader } from '../../lib/election/while-leader.js';
import { InvalidOptionError } from '../../lib/errors.js';
import { seen } from '../support/until.js';
import { marbles, term } from './support.js';

const values: Record<string, Leadership> = {
  c: candidate('suspended'),
  1: follower(1),
  L: term(1n).leading,
  M: term(2n).leading,
  r: resigned('released'),
};

describe('work while leading, as an observable', () => {
  it(
    'runs from each leadership to its end, and no longer',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const leadership$ = hot('c--L----1--M---(r|)', values);
      const work$ = cold('        a-b-c-d-e-');
      expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe('---a-b-c---a-b-|');
      expectSubscriptions(work$.subscriptions).toBe(['---^----!', '-----------^---!']);
      expectSubscriptions(leadership$.subscriptions).toBe('^--------------!');
    }),
  );

  it(
    'starts anew when one leadership follows another',
    marbles(({ hot, cold, expectSubscriptions, expectObservable }) => {
      const work$ = cold('               a----');
      const leadership$ = hot('       -L--M---c', values);
      expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe('-a--a----');
      expectSubscriptions(work$.subscriptions).toBe(['-^--!', '----^---!']);
    }),
  );

  it(
    'ends when the signal aborts, before any value says so',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const { leading, abort } = term();
      const work$ = cold('a-a-a-a-a');
      hot('----x').subscribe(abort);
      expectObservable(hot('-L------c', { ...values, L: leading }).pipe(whileLeader(() => work$))).toBe('-a-a');
      expectSubscriptions(work$.subscriptions).toBe('-^--!');
    }),
  );

  it(
    'ends when its result is unsubscribed, and tells the signal of that work alone',
    marbles(({ hot, cold, expectObservable, expectSubscriptions, flush }) => {
      const { leading } = term();
      const signals: AbortSignal[] = [];
      const work$ = cold('a-a-a-a-a');
      const work = (own: { signal: AbortSignal }) => {
        signals.push(own.signal);
        return work$;
      };
      expectObservable(hot('-L------c', { ...values, L: leading }).pipe(whileLeader(work)), '^---!').toBe('-a-a');
      expectSubscriptions(work$.subscriptions).toBe('-^--!');
      flush();
      expect([signals.map(({ aborted }) => aborted), leading.signal.aborted]).toEqual([[true], false]);
    }),
  );

  it(
    'leaves the participant leader when it completes, and does not run twice under one leadership',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const work$ = cold('                 a|');
      const leadership$ = hot('        -L----L---c-M', values);
      expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe('-a----------a');
      expectSubscriptions(work$.subscriptions).toBe(['-^!', '------------^!']);
    }),
  );

  it(
    'hands its error to the subscriber and ends',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const leadership$ = hot('-L------', values);
      expectObservable(leadership$.pipe(whileLeader(() => cold('a-#', undefined, 'broken')))).toBe(
        '-a-#',
        undefined,
        'broken',
      );
      expectSubscriptions(leadership$.subscriptions).toBe('^--!');
    }),
  );

  it(
    'passes on an error of its source, and lets go of the work',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const work$ = cold('a----');
      expectObservable(hot('-L--#', values).pipe(whileLeader(() => work$))).toBe('-a--#');
      expectSubscriptions(work$.subscriptions).toBe('-^--!');
    }),
  );

  it(
    'never starts on a leadership that is no longer valid when its value arrives',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const lapsed = term();
      lapsed.lapse();
      const aborted = term();
      aborted.abort();
      const work$ = cold('a');
      const stale = { ...values, L: lapsed.leading, M: aborted.leading };
      expectObservable(hot('-L-c-M-c', stale).pipe(whileLeader(() => work$))).toBe('--------');
      expectSubscriptions(work$.subscriptions).toBe([]);
    }),
  );

  it('may return nothing, and its signal still aborts when the leadership ends', () => {
    const leadership$ = new Subject<Leadership>();
    const { leading, abort } = term();
    const signals: AbortSignal[] = [];
    leadership$.pipe(whileLeader(({ signal }) => void signals.push(signal))).subscribe();
    leadership$.next(leading);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('that throws at once is an error of the result, and counts as ended', () => {
    const { leading } = term();
    using record = seen(
      of<Leadership>(leading).pipe(
        whileLeader((): Observable<never> => {
          throw new Error('broken');
        }),
      ),
    );
    expect(record.error).toEqual(new Error('broken'));
    expect(isIdle(leading)).toBe(true);
  });
});

describe('the operator', () => {
  it.each([Number.POSITIVE_INFINITY, -1, 2 ** 31])(
    'refuses a time to drain that no timer holds: %s',
    (drainTimeoutMs) => {
      expect(() => whileLeader(() => EMPTY, { drainTimeoutMs })).toThrow(InvalidOptionError);
    },
  );

  it('starts nothing until it is subscribed to', () => {
    let started = 0;
    const work = () => {
      started += 1;
      return EMPTY;
    };
    const worked$ = of<Leadership>(term().leading).pipe(whileLeader(work));
    expect(started).toBe(0);
    worked$.subscribe();
    expect(started).toBe(1);
  });
});
