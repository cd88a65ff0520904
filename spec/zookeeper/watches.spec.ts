import { BehaviorSubject, NEVER, Observable, Subject, take, throwError } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLostError, StoreError } from '../../lib/errors.js';
import { EVENT, type WatchEvent } from '../../lib/zookeeper/port.js';
import { observed, watches } from '../../lib/zookeeper/watches.js';
import { heapAfterGc } from '../support/heap.js';

const PATH = '/e';
const FIRED_BY = [EVENT.changed, EVENT.deleted];
const quiet = { event$: NEVER, connection$: NEVER };

describe('watching', () => {
  let event$: Subject<WatchEvent>;
  let connection$: BehaviorSubject<'connected' | 'suspended'>;
  /** The readings under way, in the order in which they were asked for. */
  let reads: Subject<number>[];
  /** Everything that was told. */
  let told: unknown[];
  let watch: (path: string) => Observable<number>;
  const read = () => {
    const answer$ = new Subject<number>();
    reads.push(answer$);
    return answer$;
  };
  const hear = (path: string) => {
    const say = (error: unknown) => told.push(error);
    return watch(path).subscribe({ next: (value) => told.push(value), error: say, complete: () => told.push('gone') });
  };
  const answer = (value: number) => {
    const read = reads.shift()!;
    read.next(value);
    read.complete();
  };
  const fire = (type: number, path = PATH) => event$.next({ type, path });
  const cut = () => {
    connection$.next('suspended');
    for (const read of reads.splice(0)) read.error(new ConnectionLostError());
  };
  beforeEach(() => {
    event$ = new Subject();
    connection$ = new BehaviorSubject<'connected' | 'suspended'>('connected');
    [reads, told] = [[], []];
    watch = observed(watches(read, FIRED_BY, { event$, connection$ }));
  });

  it('reads again when the path changes, and ends when it is gone', () => {
    hear(PATH);
    answer(1);
    fire(EVENT.changed);
    answer(2);
    fire(EVENT.deleted);
    expect(told).toEqual([1, 2, 'gone']);
    expect(reads).toEqual([]);
  });

  it('reads once more where a change is told before the answer, which then is not waited for', () => {
    hear(PATH);
    fire(EVENT.changed);
    expect(reads.map(({ observed }) => observed)).toEqual([false, true]);
  });

  it('hears of its own path, and of its own kind of change', () => {
    hear(PATH);
    answer(1);
    fire(EVENT.changed, '/other');
    fire(EVENT.children);
    fire(EVENT.created);
    expect(reads).toEqual([]);
  });

  it('tells all who follow a path, though one leaves as it is told', () => {
    const first = hear(PATH);
    const second = watch(PATH).subscribe({ complete: () => first.unsubscribe() });
    hear(PATH);
    for (const value of [1, 2, 3]) answer(value);
    fire(EVENT.deleted);
    expect(told).toEqual([1, 3, 'gone', 'gone']);
    expect(second.closed).toBe(true);
  });

  it('reads again on another connection what had been answered, and what had not', () => {
    for (const path of ['/a', '/b']) hear(path);
    answer(1);
    cut();
    expect(reads).toEqual([]);
    connection$.next('connected');
    for (const value of [2, 3]) answer(value);
    expect(told).toEqual([1, 2, 3]);
  });

  it('does not read twice what was asked for just as the connection came', () => {
    connection$ = new BehaviorSubject<'connected' | 'suspended'>('suspended');
    connection$.subscribe((state) => state === 'connected' && hear(PATH));
    watch = observed(watches(read, FIRED_BY, { event$, connection$ }));
    connection$.next('connected');
    expect(reads).toHaveLength(1);
  });

  it('ends with the session if it waits for a connection; whoever was told waits for what becomes of the session', () => {
    hear('/told');
    answer(1);
    hear('/lost');
    cut();
    connection$.complete();
    expect(told).toEqual([1, expect.any(ConnectionLostError)]);
  });

  it('fails at once where the session is over', () => {
    connection$.complete();
    hear(PATH);
    reads[0]!.error(new ConnectionLostError());
    expect(told).toEqual([expect.any(ConnectionLostError)]);
  });

  it('passes on what no other connection can cure', () => {
    const denied = new StoreError('NO_AUTH', PATH, false);
    hear(PATH);
    reads[0]!.error(denied);
    expect(told).toEqual([denied]);
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
    observed(watches(endless, FIRED_BY, quiet))(PATH)
      .pipe(take(1))
      .subscribe();
    expect(isRead).toBe(false);
  });

  it('listens to its client only while somebody follows', () => {
    const following = ['/a', '/b', '/a'].map(hear);
    const isListening = () => [event$.observed, connection$.observed];
    following.pop()!.unsubscribe();
    expect(isListening()).toEqual([true, true]);
    for (const one of following) one.unsubscribe();
    expect(isListening()).toEqual([false, false]);
    hear('/c');
    expect(isListening()).toEqual([true, true]);
  });

  it('remembers nothing of those who have gone, answered or not', () => {
    const watching = (read: () => Observable<number>) => observed(watches(read, FIRED_BY, quiet));
    const answered = watching(() => new Observable((subscriber) => subscriber.next(1)));
    const offline = watching(() => throwError(() => new ConnectionLostError()));
    const comeAndGo = (from: number, to: number) => {
      for (let i = from; i < to; i++) for (const one of [answered, offline]) one(`/e/${i}`).subscribe().unsubscribe();
    };
    comeAndGo(0, 20_000);
    const before = heapAfterGc();
    comeAndGo(20_000, 40_000);
    expect((heapAfterGc() - before) / 20_000).toBeLessThan(50);
  });
});
