import { BehaviorSubject, type Observable } from 'rxjs';
import { Turns } from './flow.js';

/** A value and its news. */
export interface Cell<V> {
  /** As it is, at this very call. */
  readonly now: V;
  /** Replays. News that arises while other news is being told waits its turn: all hear the same story. */
  readonly value$: Observable<V>;
  update(change: (value: V) => V): void;
}

/** News is told by a loop: with `concatMap` it would be told from within, and each wait deepen the stack. */
export function createCell<V>(first: V): Cell<V> {
  let now = first;
  const turns = new Turns();
  const value$ = new BehaviorSubject(first);
  return {
    get now() {
      return now;
    },
    value$: value$.asObservable(),
    update(change) {
      const next = change(now);
      if (next === now) return;
      now = next;
      turns.take(() => value$.next(next));
    },
  };
}
