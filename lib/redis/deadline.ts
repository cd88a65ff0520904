import { type MonoTypeOperatorFunction, map, type ObservableInput, race, switchMap, timer } from 'rxjs';
import type { Clock } from '../options.js';

/**
 * Errors when there is no first value in time. A process that was held up itself finds its timers due before it has read
 * what came meanwhile: so it reads once more before it complains.
 */
export function within<V>(ms: number, { scheduler }: Clock, late: () => unknown): MonoTypeOperatorFunction<V> {
  const late$: ObservableInput<V> = timer(ms, scheduler).pipe(
    switchMap(() => timer(1, scheduler)),
    map(() => {
      throw late();
    }),
  );
  return (value$) => race(value$, late$);
}
