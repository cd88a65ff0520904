import { Observable } from 'rxjs';

/** Lets so many pieces of work run at once; the others wait in the order they came. */
export interface Slots {
  /** The work, as soon as there is a slot for it, which it holds until it has ended or nobody listens any more. */
  use<T>(work$: Observable<T>): Observable<T>;
}

export function createSlots(count: number): Slots {
  const waiting = new Set<() => void>();
  let taken = 0;
  const next = () => {
    for (const begin of waiting) {
      if (taken >= count) return;
      waiting.delete(begin);
      taken++;
      begin();
    }
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
