/** One after the other, however many wait. */
import { defer, Observable, type OperatorFunction } from 'rxjs';

/**
 * What `concatMap` does, by a loop: there each value that waited is taken within the end of the one before, and some
 * hundreds of them exhaust the stack.
 */
export function inTurn<T>(project: (value: T) => Observable<never>): OperatorFunction<T, never> {
  return (source$) =>
    new Observable((subscriber) => {
      const waiting: T[] = [];
      let isBusy = false;
      let isLooping = false;
      const loop = () => {
        if (isLooping) return;
        isLooping = true;
        while (!isBusy && waiting.length > 0 && !subscriber.closed) start(waiting.shift() as T);
        isLooping = false;
      };
      const start = (value: T) => {
        isBusy = true;
        const complete = () => {
          isBusy = false;
          loop();
        };
        subscriber.add(defer(() => project(value)).subscribe({ error: (error) => subscriber.error(error), complete }));
      };
      const next = (value: T) => {
        waiting.push(value);
        loop();
      };
      subscriber.add(source$.subscribe({ next, error: (error) => subscriber.error(error) }));
    });
}
