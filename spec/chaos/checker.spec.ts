import { describe, expect, it } from 'vitest';
import { type Bounds, check, gapsBetween } from './checker.js';
import type { Fault, History, Occurrence, Span } from './history.js';
import { summarize } from './statistics.js';

const bounds: Bounds = { recoveryMs: 1000, leaseMs: 100 };

const belief = (who: string, from: number, until: number, token = BigInt(Math.floor(from) + 1)): Span => ({
  kind: 'belief',
  who,
  token,
  from,
  until,
});
const work = (who: string, from: number, until: number): Span => ({ ...belief(who, from, until), kind: 'work' });
const event = (kind: Occurrence['kind'], who: string, at: number, token?: bigint): Occurrence => ({
  kind,
  who,
  at,
  token,
});
const fault = (from: number, until: number): Fault => ({ name: 'kill', target: 'a', from, until });
const history = (given: Partial<History>): History => ({
  spans: [],
  occurrences: [],
  faults: [],
  end: 1_000,
  ...given,
});
const laws = (given: Partial<History>) => check(history(given), bounds).map(({ law }) => law);

describe('one leader', () => {
  it('accepts beliefs that follow each other, however closely', () => {
    expect(laws({ spans: [belief('a', 0, 10), belief('b', 10.000001, 20), belief('a', 21, 30)] })).toEqual([]);
  });

  it('refuses a single common instant', () => {
    expect(laws({ spans: [belief('a', 0, 10), belief('b', 10, 20)] })).toEqual(['one leader']);
  });

  it('refuses samples of two processes that interleave: yes, yes, yes', () => {
    expect(laws({ spans: [belief('a', 0, 10), belief('b', 5, 5)] })).toEqual(['one leader']);
  });

  it('sees an overlap with a long belief behind a short one, in whatever order the files come', () => {
    const spans = [belief('c', 50, 60), belief('a', 0, 55), belief('b', 20, 21)];
    expect(laws({ spans })).toEqual(['one leader', 'one leader']);
  });

  it('refuses two tokens of one process at once', () => {
    expect(laws({ spans: [belief('a', 0, 10, 1n), belief('a', 9, 20, 2n)] })).toEqual(['one leader']);
  });

  it('says who, and for how long', () => {
    const [violation] = check(history({ spans: [belief('a', 0, 10), belief('b', 8, 20)] }), bounds);
    expect(violation?.what).toBe('a (token 1) and b (token 9) for 2.000 ms');
  });
});

describe('one work', () => {
  it('accepts work after work, and does not mistake it for belief', () => {
    expect(laws({ spans: [work('a', 0, 10), work('b', 11, 20), belief('c', 0, 5)] })).toEqual([]);
  });

  it('refuses two works at once', () => {
    expect(laws({ spans: [work('a', 0, 10), work('b', 9, 20)] })).toEqual(['one work']);
  });
});

describe('rising tokens', () => {
  it('accepts tokens that rise in order of claim', () => {
    expect(laws({ occurrences: [event('claim', 'a', 0, 1n), event('claim', 'b', 5, 7n)] })).toEqual([]);
  });

  it('refuses a token that was there before, and one that falls', () => {
    const claims = [event('claim', 'a', 0, 5n), event('claim', 'b', 5, 5n), event('claim', 'a', 9, 4n)];
    expect(laws({ occurrences: claims })).toEqual(['rising tokens', 'rising tokens']);
  });
});

describe('paired work', () => {
  const start = event('start', 'a', 0, 1n);
  const stop = event('stop', 'a', 5, 1n);

  it('accepts start and stop in turn, and a start that was cut short by a kill', () => {
    const killed = [event('start', 'a', 7, 2n), event('killed', 'a', 8)];
    expect(laws({ occurrences: [start, stop, ...killed] })).toEqual([]);
  });

  it.each([
    ['a start without a stop', [start]],
    ['a stop without a start', [stop]],
    ['two starts', [start, event('start', 'a', 1, 2n), event('stop', 'a', 2, 2n)]],
    ['two stops', [start, stop, event('stop', 'a', 6, 1n)]],
    ['the stop of another', [start, event('stop', 'a', 5, 2n)]],
    ['a start without a stop, although another process was killed', [start, event('killed', 'b', 8)]],
  ])('refuses %s', (_, occurrences) => {
    expect(laws({ occurrences })).toContain('paired work');
  });
});

describe('a leader in time', () => {
  const judged = (given: Partial<History>) => laws({ end: 9_000, ...given });

  it('accepts a leader within the bound', () => {
    expect(judged({ faults: [fault(10, 10)], spans: [belief('a', 0, 10), belief('b', 1010, 9000)] })).toEqual([]);
  });

  it('refuses one that comes later, and none at all', () => {
    expect(judged({ faults: [fault(10, 10)], spans: [belief('b', 1011, 9000)] })).toEqual(['a leader in time']);
    expect(judged({ faults: [fault(10, 10)] })).toEqual(['a leader in time']);
  });

  it('counts from the end of the fault', () => {
    expect(judged({ faults: [fault(10, 5000)], spans: [belief('b', 6000, 9000)] })).toEqual([]);
  });

  it('accepts a leader whom the fault did not touch', () => {
    expect(judged({ faults: [fault(10, 20)], spans: [belief('a', 0, 9000)] })).toEqual([]);
  });

  it('does not count a belief that only lingers', () => {
    const spans = [belief('a', 0, 100), belief('b', 1050, 9000)];
    expect(judged({ faults: [fault(10, 20)], spans })).toEqual(['a leader in time']);
  });

  it('expects nothing when the next fault, or the end, comes first', () => {
    expect(judged({ faults: [fault(10, 10), fault(900, 950)], spans: [belief('b', 1500, 9000)] })).toEqual([]);
    expect(judged({ faults: [fault(10, 10)], end: 500 })).toEqual([]);
    expect(judged({ faults: [fault(0, 2000), fault(10, 10)], spans: [belief('b', 2500, 9000)] })).toEqual([]);
  });

  it('refuses that leadership ends, with no fault near, and nobody takes it up', () => {
    const spans = [belief('a', 0, 10), belief('b', 15, 2000)];
    expect(judged({ faults: [fault(10, 10)], spans })).toEqual(['a leader in time']);
    expect(judged({ spans: [...spans, belief('a', 3001, 9000)] })).toEqual(['a leader in time']);
    expect(judged({ spans: [...spans, belief('a', 3000, 9000)] })).toEqual([]);
  });

  it('accepts that nobody leads as long as a fault lasts', () => {
    const spans = [belief('a', 0, 2000), belief('b', 5500, 9000)];
    expect(judged({ faults: [fault(1500, 5000)], spans })).toEqual([]);
    expect(judged({ faults: [fault(2500, 5000)], spans })).toEqual([]);
  });
});

describe('the summary', () => {
  it('knows when nobody led', () => {
    const beliefs = [belief('a', 0, 10), belief('b', 15, 20)];
    expect(gapsBetween(beliefs, 30)).toEqual([
      { from: 10, until: 15 },
      { from: 20, until: 30 },
    ]);
  });

  it('tells the worst of each fault', () => {
    const spans = [belief('a', 0, 10), belief('b', 15, 2000), belief('a', 2001, 3000)];
    const faults = [fault(10, 10), { ...fault(2000, 2000), name: 'resign' }];
    expect(summarize(history({ spans, faults, end: 3000 }), bounds).faults).toEqual([
      { name: 'kill', count: 1, judged: 1, worstRecoveryMs: 5, worstGapMs: 5, worstOverlapMs: -5 },
      { name: 'resign', count: 1, judged: 1, worstRecoveryMs: 1, worstGapMs: 1, worstOverlapMs: -1 },
    ]);
  });

  it('counts leaderships that ended for no reason', () => {
    expect(summarize(history({ spans: [belief('a', 0, 10), belief('b', 15, 100_000)] }), bounds).unprovoked).toBe(1);
  });
});
