import { Observable, type Observer, type Subscriber } from 'rxjs';

/**
 * The latest value, and how it ended, replayed to whoever subscribes: a `ReplaySubject` of one that weighs next to nothing
 * while nobody listens, since a process may keep one for each of thousands of candidacies.
 */
export class Latest<V> implements Observer<V> {
  #hearers: readonly Subscriber<V>[] = NOBODY;
  #value: V | undefined;
  #end: ((hearer: Subscriber<V>) => void) | undefined;

  get value$(): Observable<V> {
    return new Observable((subscriber) => this.#join(subscriber));
  }

  next(value: V): void {
    this.#value = value;
    for (const hearer of this.#hearers) hearer.next(value);
  }

  error(error: unknown): void {
    this.#finish((hearer) => hearer.error(error));
  }

  complete(): void {
    this.#finish((hearer) => hearer.complete());
  }

  /** Heard before it is told: what a hearer does about the latest may make the next. */
  #join(hearer: Subscriber<V>): void {
    if (!this.#end) {
      this.#hearers = this.#hearers.concat(hearer);
      hearer.add(() => this.#leave(hearer));
    }
    if (this.#value !== undefined) hearer.next(this.#value);
    this.#end?.(hearer);
  }

  #leave(hearer: Subscriber<V>): void {
    const left = this.#hearers.filter((one) => one !== hearer);
    this.#hearers = left.length === 0 ? NOBODY : left;
  }

  #finish(end: (hearer: Subscriber<V>) => void): void {
    const hearers = this.#hearers;
    this.#hearers = NOBODY;
    this.#end = end;
    hearers.forEach(end);
  }
}

const NOBODY: readonly never[] = [];
