import { BehaviorSubject, type Observable } from 'rxjs';

/** A value and its news. */
export interface Cell<V> {
  /** As it is, at this very call. */
  readonly now: V;
  /** Replays. News that arises while other news is being told waits its turn: all hear the same story. */
  readonly value$: Observable<V>;
  update(change: (value: V) => V): void;
}

/** News is told by a loop, each after the other has been; the first of `untold` is being told. With `concatMap` it would be told from within, and each wait deepen the stack. */
export function createCell<V>(first: V): Cell<V> {
  let now = first;
  const untold: V[] = [];
  const value$ = new BehaviorSubject(first);
  const tell = () => {
    for (; untold.length > 0; untold.shift()) value$.next(untold[0] as V);
  };
  return {
    get now() {
      return now;
    },
    value$: value$.asObservable(),
    update(change) {
      const next = change(now);
      if (next === now) return;
      now = next;
      const isAlone = untold.push(next) === 1;
      if (isAlone) tell();
    },
  };
}
