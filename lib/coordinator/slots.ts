import { Observable } from 'rxjs';

/** Lets so many pieces of work run at once; the others wait in the order they came. */
export interface Slots {
  /** The work, as soon as there is a slot for it, which it holds until it has ended or nobody listens any more. */
  use<T>(work$: Observable<T>): Observable<T>;
}

export function createSlots(count: number): Slots {
  const waiting = new Set<() => void>();
  let taken = 0;
  let dealing = false;
  // One after another, never one inside another: what ends as soon as it begins makes room while we are still here.
  const next = () => {
    if (dealing) return;
    dealing = true;
    for (const begin of waiting) {
      if (taken >= count) break;
      waiting.delete(begin);
      taken++;
      begin();
    }
    dealing = false;
  };
  const use = <T>(work$: Observable<T>) =>
    new Observable<T>((subscriber) => {
      const begin = () => {
        subscriber.add(() => {
          taken--;
          next();
        });
        work$.subscribe(subscriber);
      };
      subscriber.add(() => waiting.delete(begin));
      waiting.add(begin);
      next();
    });
  return { use };
}
