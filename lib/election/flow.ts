/**
 * Operators that keep nothing of what is over. A follower may wait for days in what is left of the chain that put it in
 * line, and a process may hold thousands of them: a `concat`, `retry` or `switchMap` goes on holding what it was made of.
 */
import { defer, Observable, type ObservableInput, type Subscription } from 'rxjs';

/** What `next` makes of the one value of `one$`, in its place. Completes if there was none. */
export function andThen<A, B>(one$: Observable<A>, next: (value: A) => ObservableInput<B>): Observable<B> {
  return new Observable((subscriber) => {
    let first: Subscription | undefined;
    let goOn = () => subscriber.complete();
    first = one$.subscribe({
      next: (value) => {
        goOn = () => {
          first?.unsubscribe();
          defer(() => next(value)).subscribe(subscriber);
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
  return new Observable((subscriber) => {
    let first: Subscription | undefined;
    const goOn = (make: () => ObservableInput<B>) => {
      first?.unsubscribe();
      defer(make).subscribe(subscriber);
    };
    first = first$.subscribe({
      next: (value) => subscriber.next(value),
      error: (error) => (failed ? goOn(() => failed(error)) : subscriber.error(error)),
      complete: () => goOn(next),
    });
    return first;
  });
}

/** The first value that passes, at once; then it completes. */
export function firstOf<V, W extends V>(source$: Observable<V>, passes: (value: V) => value is W): Observable<W>;
export function firstOf<V>(source$: Observable<V>, passes: (value: V) => boolean): Observable<V>;
export function firstOf<V>(source$: Observable<V>, passes: (value: V) => boolean): Observable<V> {
  return new Observable((subscriber) =>
    source$.subscribe({
      next: (value) => {
        if (!passes(value)) return;
        subscriber.next(value);
        subscriber.complete();
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }),
  );
}

/** Does one thing after another: what is given while something is being done waits its turn. */
export function takingTurns(): (deed: () => void) => void {
  const waiting: (() => void)[] = [];
  return (deed) => {
    const isAlone = waiting.push(deed) === 1;
    if (isAlone) for (; waiting.length > 0; waiting.shift()) waiting[0]?.();
  };
}
