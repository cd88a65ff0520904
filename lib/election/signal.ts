import { Observable, type Subscriber } from 'rxjs';

/** Given once, and replayed to whoever asks later. One for each of thousands of candidacies: it weighs next to nothing. */
export class Signal {
  /** `undefined` once it has been given. */
  #hearers: readonly Subscriber<true>[] | undefined = NOBODY;

  get given$(): Observable<true> {
    return new Observable((subscriber) => this.#join(subscriber));
  }

  give(): void {
    const hearers = this.#hearers ?? NOBODY;
    this.#hearers = undefined;
    for (const hearer of hearers) hearer.next(true);
  }

  /** Whoever has left is struck off when the next one comes. */
  #join(hearer: Subscriber<true>): void {
    if (this.#hearers) this.#hearers = this.#hearers.filter(({ closed }) => !closed).concat(hearer);
    else hearer.next(true);
  }
}

const NOBODY: readonly never[] = [];
