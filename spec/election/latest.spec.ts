import { describe, expect, it } from 'vitest';
import { Latest } from '../../lib/election/latest.js';
import { heapAfterGc } from '../support/heap.js';

function hear(latest: Latest<string>) {
  const heard: string[] = [];
  const subscription = latest.value$.subscribe({
    next: (value) => heard.push(value),
    error: (error) => heard.push(`error: ${error}`),
    complete: () => heard.push('|'),
  });
  return { heard, subscription };
}

describe('the latest value', () => {
  it('is told to all who listen, and to whoever comes later', () => {
    const latest = new Latest<string>();
    const early = hear(latest);
    latest.next('a');
    latest.next('b');
    const late = hear(latest);
    latest.next('c');
    expect([early.heard, late.heard]).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
  });

  it('is replayed after the end, and the end with it', () => {
    const [done, failed, empty] = [new Latest<string>(), new Latest<string>(), new Latest<string>()];
    const listening = [done, failed, empty].map(hear);
    for (const latest of [done, failed]) latest.next('a');
    done.complete();
    failed.error('denied');
    empty.complete();
    const expected = [['a', '|'], ['a', 'error: denied'], ['|']];
    expect(listening.map(({ heard }) => heard)).toEqual(expected);
    expect([done, failed, empty].map((latest) => hear(latest).heard)).toEqual(expected);
  });

  it('misses nothing that a hearer makes of the one that is replayed to it', () => {
    const latest = new Latest<string>();
    latest.next('a');
    const heard: string[] = [];
    latest.value$.subscribe((value) => {
      heard.push(value);
      if (value === 'a') latest.next('b');
    });
    expect(heard).toEqual(['a', 'b']);
  });

  it('is told no more to whoever has left, and keeps nothing of it', () => {
    const latest = new Latest<string>();
    const { heard, subscription } = hear(latest);
    const { heard: others } = hear(latest);
    subscription.unsubscribe();
    latest.next('a');
    expect([heard, others]).toEqual([[], ['a']]);
    const comeAndGo = () => {
      for (let i = 0; i < 20_000; i++) latest.value$.subscribe().unsubscribe();
    };
    comeAndGo();
    const before = heapAfterGc();
    comeAndGo();
    expect((heapAfterGc() - before) / 20_000).toBeLessThan(50);
  });
});
