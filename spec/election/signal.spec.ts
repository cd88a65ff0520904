import { describe, expect, it } from 'vitest';
import { Signal } from '../../lib/election/signal.js';
import { heapAfterGc } from '../support/heap.js';

describe('a signal', () => {
  it('is heard by all who wait for it, and at once by whoever comes later', () => {
    const signal = new Signal();
    const heard: string[] = [];
    for (const who of ['one', 'two']) signal.given$.subscribe(() => heard.push(who));
    expect(heard).toEqual([]);
    signal.give();
    signal.given$.subscribe(() => heard.push('late'));
    expect(heard).toEqual(['one', 'two', 'late']);
  });

  it('is given once, and not heard by whoever has left', () => {
    const signal = new Signal();
    const heard: string[] = [];
    const gone = signal.given$.subscribe(() => heard.push('gone'));
    signal.given$.subscribe(() => {
      heard.push('there');
      signal.give();
    });
    gone.unsubscribe();
    signal.give();
    signal.give();
    expect(heard).toEqual(['there']);
  });

  it('keeps nothing of those who came and went before it was given', () => {
    const signal = new Signal();
    const comeAndGo = () => {
      for (let i = 0; i < 20_000; i++) signal.given$.subscribe().unsubscribe();
    };
    comeAndGo();
    const before = heapAfterGc();
    comeAndGo();
    expect((heapAfterGc() - before) / 20_000).toBeLessThan(50);
  });
});
