import { NEVER, Observable, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConnectionLostError, StoreError } from '../../lib/errors.js';
import { type Watcher, watches } from '../../lib/zookeeper/watches.js';
import { heapAfterGc } from '../support/heap.js';

const KEY = 'data /e';

/** A read that leaves a watch. */
const read = (watcher: Watcher) =>
  new Observable<number>((subscriber) => {
    watcher.asked();
    subscriber.next(1);
  });

/** A read that was sent, and that the server is too busy for. */
const refused = (watcher: Watcher) =>
  new Observable<number>((subscriber) => {
    watcher.asked();
    watcher.refused();
    subscriber.error(new StoreError('THROTTLED_OP', '/e', true));
  });

describe('watching', () => {
  it('keeps nothing of those who came and went while the one watch that they left stands', () => {
    const watch = watches(NEVER);
    const comeAndGo = (times: number) => {
      for (let i = 0; i < times; i++) watch(KEY, read).subscribe().unsubscribe();
    };
    comeAndGo(20_000);
    const before = heapAfterGc();
    comeAndGo(20_000);
    expect((heapAfterGc() - before) / 20_000).toBeLessThan(50);
  });

  it('ends a reading whose first value makes its reader leave', () => {
    let isRead = true;
    const endless = () =>
      new Observable<number>((subscriber) => {
        subscriber.add(() => {
          isRead = false;
        });
        subscriber.next(1);
      });
    watches(NEVER)(KEY, endless).pipe(take(1)).subscribe();
    expect(isRead).toBe(false);
  });

  it('leaves one function for all who follow a path, also where one of them was refused', () => {
    const watch = watches(NEVER);
    const left = new Set<Watcher['fire']>();
    const noting = (watcher: Watcher) => {
      left.add(watcher.fire);
      return read(watcher);
    };
    watch(KEY, noting).subscribe();
    watch(KEY, refused).subscribe({ error: () => undefined });
    watch(KEY, noting).subscribe();
    expect(left.size).toBe(1);
  });

  it('remembers nothing of a path of which nobody was told, once they have gone', () => {
    const watch = watches(NEVER);
    const offline = () => throwError(() => new ConnectionLostError());
    const tryInVain = (from: number, to: number) => {
      for (let i = from; i < to; i++) watch(`data /e/${i}`, offline).subscribe().unsubscribe();
    };
    tryInVain(0, 20_000);
    const before = heapAfterGc();
    tryInVain(20_000, 40_000);
    expect((heapAfterGc() - before) / 20_000).toBeLessThan(50);
  });
});
