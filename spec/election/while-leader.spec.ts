import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EMPTY, type Observable, of, Subject, tap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { candidate, follower, type Leadership, resigned } from '../../lib/election/leadership.js';
import { drained, isIdle } from '../../lib/election/term.js';
import { whileLeader } from '../../lib/election/while-leader.js';
import { seen } from '../support/until.js';
import { marbles, settle, term, virtualClock } from './support.js';

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
    expect(isIdle(leading.signal)).toBe(true);
  });
});

describe('work while leading, as a promise', () => {
  const rig = (options?: Parameters<typeof whileLeader>[1]) => {
    const leadership$ = new Subject<Leadership>();
    const log: string[] = [];
    const endings: Array<{ resolve(value?: unknown): void; reject(error: unknown): void }> = [];
    const work = ({ token, signal }: { token: bigint; signal: AbortSignal }) => {
      log.push(`start ${token}`);
      signal.addEventListener('abort', () => log.push(`abort ${token}`));
      return new Promise((resolve, reject) => {
        endings.push({
          resolve: (value) => {
            log.push(`end ${token}`);
            resolve(value);
          },
          reject,
        });
      });
    };
    return { leadership$, log, endings, record: seen(leadership$.pipe(whileLeader(work, options))) };
  };

  it('is told by its signal and waited for: the next leadership begins after it', async () => {
    const { leadership$, log, endings } = rig();
    leadership$.next(term(1n).leading);
    leadership$.next(candidate('expired'));
    leadership$.next(term(2n).leading);
    await settle();
    expect(log).toEqual(['start 1', 'abort 1']);
    endings[0]?.resolve();
    await settle();
    expect(log).toEqual(['start 1', 'abort 1', 'end 1', 'start 2']);
  });

  it('does not begin for a leadership that is over when its turn comes', async () => {
    const { leadership$, log, endings } = rig();
    leadership$.next(term(1n).leading);
    leadership$.next(term(2n).leading);
    leadership$.next(candidate('suspended'));
    endings[0]?.resolve();
    await settle();
    expect(log).toEqual(['start 1', 'abort 1', 'end 1']);
    leadership$.next(term(3n).leading);
    expect(log.at(-1)).toBe('start 3');
  });

  it('gives its value while leading, and keeps what it says later to itself', async () => {
    const { leadership$, endings, record } = rig();
    leadership$.next(term(1n).leading);
    endings[0]?.resolve('in time');
    await settle();
    leadership$.next(term(2n).leading);
    leadership$.next(candidate('expired'));
    endings[1]?.resolve('late');
    await settle();
    expect(record.values).toEqual(['in time']);
  });

  it('holds back the completion of the result until it has ended', async () => {
    const { leadership$, endings, record } = rig();
    leadership$.next(term(1n).leading);
    leadership$.next(resigned('released'));
    leadership$.complete();
    await settle();
    expect(record.completed).toBe(false);
    endings[0]?.resolve();
    await settle();
    expect([record.completed, record.error]).toEqual([true, undefined]);
  });

  it('may reject because it was aborted, which is no error; any other rejection is one', async () => {
    const told = rig();
    const first = term(1n);
    told.leadership$.next(first.leading);
    first.abort();
    told.endings[0]?.reject(new DOMException('This operation was aborted', 'AbortError'));
    await settle();
    expect(told.record.error).toBe(undefined);
    told.leadership$.next(term(2n).leading);
    told.leadership$.next(candidate('expired'));
    told.endings[1]?.reject(new Error('disk full'));
    await settle();
    expect(told.record.error).toEqual(new Error('disk full'));
  });

  it('is counted until it has ended, so that a resignation waits for it', async () => {
    const { leadership$, endings } = rig();
    const { leading, abort } = term(1n);
    leadership$.next(leading);
    abort();
    using record = seen(drained(leading.signal, 60_000, virtualClock().scheduler));
    await settle();
    expect(record.values).toEqual([]);
    endings[0]?.resolve();
    await settle();
    expect(record.values).toEqual(['drained']);
  });

  it('is still counted when nobody listens to the result any more', async () => {
    const { leadership$, endings, record } = rig();
    const { leading } = term(1n);
    leadership$.next(leading);
    record[Symbol.dispose]();
    expect(isIdle(leading.signal)).toBe(false);
    endings[0]?.resolve();
    await settle();
    expect(isIdle(leading.signal)).toBe(true);
  });
});

describe('work that does not end when told to', () => {
  const channel = 'succession:work:abandoned';
  const events: unknown[] = [];
  const listen = (event: unknown) => void events.push(event);
  afterEach(() => {
    unsubscribe(channel, listen);
    events.length = 0;
  });

  it('is given up after drainTimeoutMs, reported, and the next leadership begins', async () => {
    subscribe(channel, listen);
    const clock = virtualClock();
    const leadership$ = new Subject<Leadership>();
    const started: bigint[] = [];
    const never = ({ token }: { token: bigint }) => {
      started.push(token);
      return new Promise<never>(() => undefined);
    };
    leadership$.pipe(whileLeader(never, { drainTimeoutMs: 500, clock })).subscribe();
    leadership$.next(term(1n).leading);
    leadership$.next(term(2n).leading);
    clock.advance(499);
    expect([started, events]).toEqual([[1n], []]);
    clock.advance(1);
    expect([started, events]).toEqual([[1n, 2n], [{ token: 1n, afterMs: 500 }]]);
  });

  it('leaves no timer behind when it ends in time', async () => {
    subscribe(channel, listen);
    const clock = virtualClock();
    const leadership$ = new Subject<Leadership>();
    let end: (value?: unknown) => void = () => undefined;
    const work = () => new Promise((resolve) => void (end = resolve));
    leadership$.pipe(whileLeader(work, { drainTimeoutMs: 500, clock })).subscribe();
    leadership$.next(term(1n).leading);
    leadership$.next(candidate('expired'));
    end();
    await settle();
    clock.advance(1000);
    expect(events).toEqual([]);
  });
});

describe('work while leading, as an async iterable', () => {
  it('gives its items, is not drawn from any more once told to stop, and its cleanup is waited for', async () => {
    const leadership$ = new Subject<Leadership>();
    const next$ = new Subject<number>();
    const log: string[] = [];
    async function* work({ token }: { token: bigint }) {
      try {
        for (let item = 1; ; item += 1) {
          await new Promise<void>((resolve) => void next$.pipe(tap(() => resolve())).subscribe());
          yield `${token}.${item}`;
        }
      } finally {
        log.push(`cleaning up ${token}`);
        await new Promise<void>((resolve) => void next$.pipe(tap(() => resolve())).subscribe());
        log.push(`ended ${token}`);
      }
    }
    using record = seen(leadership$.pipe(whileLeader(work)));
    const { leading } = term(1n);
    leadership$.next(leading);
    await settle();
    next$.next(0);
    await settle();
    leadership$.next(term(2n).leading);
    next$.next(0);
    await settle();
    expect([record.values, log, isIdle(leading.signal)]).toEqual([['1.1'], ['cleaning up 1'], false]);
    next$.next(0);
    await settle();
    expect([log, isIdle(leading.signal)]).toEqual([['cleaning up 1', 'ended 1'], true]);
    next$.next(0);
    await settle();
    expect(record.values).toEqual(['1.1', '2.1']);
  });

  it('that throws is an error of the result', async () => {
    // biome-ignore lint/correctness/useYield: it throws first.
    async function* work(): AsyncGenerator<never> {
      throw new Error('broken');
    }
    const { leading } = term();
    using record = seen(of<Leadership>(leading).pipe(whileLeader(work)));
    await settle();
    expect([record.error, isIdle(leading.signal)]).toEqual([new Error('broken'), true]);
  });
});

describe('the operator', () => {
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
