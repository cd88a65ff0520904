import { BehaviorSubject, concatMap, type Observable, of, Subject } from 'rxjs';

/** A value and its news. */
export interface Cell<V> {
  /** As it is, at this very call. */
  readonly now: V;
  /** Replays. News that arises while other news is being told waits its turn: all hear the same story. */
  readonly value$: Observable<V>;
  update(change: (value: V) => V): void;
}

export function createCell<V>(first: V): Cell<V> {
  let now = first;
  const change$ = new Subject<V>();
  const value$ = new BehaviorSubject(first);
  change$.pipe(concatMap((value) => of(value))).subscribe(value$);
  return {
    get now() {
      return now;
    },
    value$: value$.asObservable(),
    update(change) {
      const next = change(now);
      if (next === now) return;
      now = next;
      change$.next(next);
    },
  };
}
