import { NEVER, Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Watcher, watches } from '../../lib/zookeeper/watches.js';
import { heapAfterGc } from '../support/heap.js';

describe('watching', () => {
  it('keeps nothing of those who came and went while the one watch that they left stands', () => {
    const watch = watches(NEVER);
    const read = (watcher: Watcher) =>
      new Observable<number>((subscriber) => {
        watcher.asked();
        subscriber.next(1);
      });
    const comeAndGo = (times: number) => {
      for (let i = 0; i < times; i++) watch('data /e', read).subscribe().unsubscribe();
    };
    comeAndGo(20_000);
    const before = heapAfterGc();
    comeAndGo(20_000);
    expect((heapAfterGc() - before) / 20_000).toBeLessThan(50);
  });
});
