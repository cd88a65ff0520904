/**
 * Operators that keep nothing of what is over. A follower may wait for days in what is left of the chain that put it in
 * line, and a process may hold thousands of them: a `concat`, `retry` or `switchMap` goes on holding what it was made of.
 */
import { defer, Observable, type ObservableInput, type Observer, type Subscriber, type Subscription } from 'rxjs';

/** What `next` makes of the one value of `one$`, in its place. Completes if there was none. Nothing is made for one who has left. */
export function andThen<A, B>(one$: Observable<A>, next: (value: A) => ObservableInput<B>): Observable<B> {
  return new Observable((subscriber) => {
    let first: Subscription | undefined;
    let goOn = () => subscriber.complete();
    first = one$.subscribe({
      next: (value) => {
        goOn = () => {
          first?.unsubscribe();
          if (!subscriber.closed) defer(() => next(value)).subscribe(subscriber);
        };
      },
      error: (error) => subscriber.error(error),
      complete: () => goOn(),
    });
    return first;
  });
}

/** The values of `first$`, then those of what follows it in its place: its end, or with `failed` its error. */
export function afterwards<A, B>(
  first$: Observable<A>,
  next: () => ObservableInput<B>,
  failed?: (error: unknown) => ObservableInput<B>,
): Observable<A | B> {
  return new Observable((subscriber) => new First(subscriber, next, failed).of(first$));
}

/** Hears the first of two, and puts the second in its place. */
class First<A, B> implements Observer<A> {
  #first: Subscription | undefined;

  constructor(
    private readonly subscriber: Subscriber<A | B>,
    private readonly second: () => ObservableInput<B>,
    private readonly failed?: (error: unknown) => ObservableInput<B>,
  ) {}

  of(first$: Observable<A>): Subscription {
    this.#first = first$.subscribe(this);
    return this.#first;
  }

  next(value: A): void {
    this.subscriber.next(value);
  }

  error(error: unknown): void {
    const { failed } = this;
    if (failed) this.#goOn(() => failed(error));
    else this.subscriber.error(error);
  }

  complete(): void {
    this.#goOn(this.second);
  }

  #goOn(make: () => ObservableInput<B>): void {
    this.#first?.unsubscribe();
    if (!this.subscriber.closed) defer(make).subscribe(this.subscriber);
  }
}

/** The first value that passes, at once; then it completes. */
export function firstOf<V, W extends V>(source$: Observable<V>, passes: (value: V) => value is W): Observable<W>;
export function firstOf<V>(source$: Observable<V>, passes: (value: V) => boolean): Observable<V>;
export function firstOf<V>(source$: Observable<V>, passes: (value: V) => boolean): Observable<V> {
  return new Observable((subscriber) => source$.subscribe(new Passing(subscriber, passes)));
}

class Passing<V> implements Observer<V> {
  #hasPassed = false;

  constructor(
    private readonly subscriber: Subscriber<V>,
    private readonly passes: (value: V) => boolean,
  ) {}

  next(value: V): void {
    if (this.#hasPassed || !this.passes(value)) return;
    this.#hasPassed = true;
    this.subscriber.next(value);
    this.subscriber.complete();
  }

  error(error: unknown): void {
    this.subscriber.error(error);
  }

  complete(): void {
    this.subscriber.complete();
  }
}

/** Does one thing after another: what is given while something is being done waits its turn. */
export class Turns {
  #waiting: (() => void)[] | undefined;

  take(deed: () => void): void {
    if (this.#waiting) return void this.#waiting.push(deed);
    const waiting = [deed];
    this.#waiting = waiting;
    for (let turn = waiting.shift(); turn; turn = waiting.shift()) turn();
    this.#waiting = undefined;
  }
}
