/** What is to happen, in order of time; at one time, in the order in which it was entered. @pure */
export interface Entry<E> {
  readonly at: number;
  readonly event: E;
}

export class Agenda<E> {
  /** A binary heap. */
  readonly #heap: (Entry<E> & { readonly order: number })[] = [];
  #entered = 0;

  add(at: number, event: E): void {
    this.#entered += 1;
    const entry = { at, event, order: this.#entered };
    let place = this.#heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** When the next one is due. */
  get dueAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** The next one, taken out. */
  next(): Entry<E> | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#heap[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      if (left >= this.#heap.length) return;
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, place)) return;
      this.#swap(child, place);
      place = child;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one]!, this.#heap[other]!];
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    [this.#heap[one], this.#heap[other]] = [this.#heap[other]!, this.#heap[one]!];
  }
}
