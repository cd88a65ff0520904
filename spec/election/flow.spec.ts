import {
  concat,
  defer,
  EMPTY,
  finalize,
  map,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { afterwards, andThen, firstOf, Turns } from '../../lib/election/flow.js';
import { heapAfterGc } from '../support/heap.js';
import { marbles } from './support.js';

const thrown = (): never => {
  throw 'denied';
};

describe('and then', () => {
  it(
    'goes on with what is made of the value, once the source has completed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [one, next] = [cold('--a-|'), cold('-b-c|')];
      expectObservable(andThen(one, () => next)).toBe('-----b-c|');
      expectSubscriptions(one.subscriptions).toBe('^---!');
      expectSubscriptions(next.subscriptions).toBe('----^---!');
    }),
  );

  it(
    'completes without a value if there was none',
    marbles(({ cold, expectObservable }) => {
      expectObservable(andThen(cold('--|'), () => NEVER)).toBe('--|');
    }),
  );

  it(
    'passes on the error of either, and makes one of what is thrown between them',
    marbles(({ cold, expectObservable }) => {
      expectObservable(andThen(cold('--#', {}, 'lost'), () => NEVER)).toBe('--#', {}, 'lost');
      expectObservable(andThen(of('a'), () => cold('--#', {}, 'lost'))).toBe('--#', {}, 'lost');
      expectObservable(andThen(cold('-(a|)'), thrown)).toBe('-#', {}, 'denied');
    }),
  );

  it(
    'lets go of whichever it is at',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [one, next] = [cold('--a|'), cold('-b---')];
      expectObservable(
        andThen(one, () => next),
        '^----!',
      ).toBe('----b');
      expectSubscriptions(next.subscriptions).toBe('---^-!');
      expectObservable(
        andThen(cold('--a|'), () => next),
        '^-!',
      ).toBe('---');
    }),
  );
});

it('nothing is made for one who left at a value, though the source ends with it', () => {
  const made: string[] = [];
  const make = (what: string) => () => {
    made.push(what);
    return EMPTY;
  };
  afterwards(of('last'), make('the second')).pipe(take(1)).subscribe();
  afterwards(concat(of('last'), throwError(thrown)), make('the second'), make('a cure'))
    .pipe(take(1))
    .subscribe();
  const left$ = new Subject<void>();
  const leaves$ = of('last').pipe(tap(() => left$.next()));
  andThen(leaves$, make('the next')).pipe(takeUntil(left$)).subscribe();
  expect(made).toEqual([]);
});

describe('afterwards', () => {
  it(
    'the values of the first are followed by those of the second, which begins at its end',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const next = cold('-c|');
      expectObservable(afterwards(cold('-a-b|'), () => next)).toBe('-a-b-c|');
      expectSubscriptions(next.subscriptions).toBe('----^-!');
    }),
  );

  it(
    'an error is passed on, or followed by what is made of it',
    marbles(({ cold, expectObservable }) => {
      const first = cold('-a-#', undefined, 'lost');
      expectObservable(afterwards(first, () => NEVER)).toBe('-a-#', undefined, 'lost');
      expectObservable(
        afterwards(
          first,
          () => NEVER,
          (error) => of(error),
        ),
      ).toBe('-a-(l|)', { a: 'a', l: 'lost' });
      expectObservable(afterwards(first, () => NEVER, thrown)).toBe('-a-#', undefined, 'denied');
    }),
  );

  it('the first has been let go of before the second begins', () => {
    const told: string[] = [];
    const first$ = new Subject<string>();
    const one$ = first$.pipe(finalize(() => told.push('let go of')));
    const second$ = defer(() => of('second'));
    afterwards(one$, () => second$).subscribe((value) => told.push(value));
    andThen(one$, () => second$).subscribe((value) => told.push(value));
    afterwards(
      one$.pipe(map(thrown)),
      () => EMPTY,
      () => second$,
    ).subscribe((value) => told.push(value));
    first$.next('first');
    first$.complete();
    expect(told).toEqual(['first', 'let go of', 'second', 'let go of', 'second', 'let go of', 'second']);
  });

  it('nothing is held of what is over, however often one thing follows another', () => {
    const rounds = 20_000;
    const end$ = new Subject<void>();
    const ended$ = firstOf(end$, () => true);
    const loop = (): Observable<unknown> =>
      afterwards(
        andThen(ended$, () => EMPTY),
        loop,
      );
    const subscription = loop().subscribe();
    for (let i = 0; i < rounds; i++) end$.next();
    const before = heapAfterGc();
    for (let i = 0; i < rounds; i++) end$.next();
    expect((heapAfterGc() - before) / rounds).toBeLessThan(50);
    expect(end$.observed).toBe(true);
    subscription.unsubscribe();
    expect(end$.observed).toBe(false);
  });
});

describe('the first of', () => {
  it(
    'the values that pass is the only one, and the source is let go of',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('1-2-3-4', { 1: 1, 2: 2, 3: 3, 4: 4 });
      expectObservable(firstOf(source, (value) => value > 2)).toBe('----(3|)', { 3: 3 });
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it(
    'none ends as the source does',
    marbles(({ cold, expectObservable }) => {
      expectObservable(firstOf(cold('-a-|'), () => false)).toBe('---|');
      expectObservable(
        firstOf(
          throwError(() => 'lost'),
          () => true,
        ),
      ).toBe('#', {}, 'lost');
    }),
  );
});

describe('the first of values that make others', () => {
  it('is the one that came first', () => {
    const source$ = new Subject<number>();
    const heard: number[] = [];
    firstOf(source$, () => true).subscribe((value) => {
      heard.push(value);
      source$.next(value + 1);
    });
    source$.next(1);
    expect(heard).toEqual([1]);
  });
});

describe('taking turns', () => {
  it('what is given while something is being done waits until that has been done', () => {
    const turns = new Turns();
    const done: string[] = [];
    turns.take(() => {
      done.push('first');
      turns.take(() => done.push('third'));
      done.push('second');
    });
    expect(done).toEqual(['first', 'second', 'third']);
  });

  it('however many ask for the next, they do not deepen the stack', () => {
    const turns = new Turns();
    let left = 100_000;
    const again = (): void => turns.take(() => left-- > 0 && again());
    again();
    expect(left).toBe(-1);
  });
});
