/** An event loop that never rests: the longest of its turns is the longest that anything else had to wait. */
export class Loop {
  #last = performance.now();
  #longest = 0;
  #next = setImmediate(() => this.#turned());

  /** Until it has turned once more. */
  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** The longest turn, in ms. */
  stop(): number {
    clearImmediate(this.#next);
    return this.#longest;
  }

  #turned(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
    this.#next = setImmediate(() => this.#turned());
  }
}
