/** When the sessions of a simulated ensemble end unless they are heard of: the first server's books. */
export class Expiries {
  readonly #tickMs: number;
  readonly #dueAt = new Map<bigint, number>();
  readonly #kept = new Map<bigint, () => boolean>();

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  has(session: bigint): boolean {
    return this.#dueAt.has(session);
  }

  /** It has its whole time again, rounded up to a tick. */
  touch(session: bigint, now: number, timeoutMs: number): void {
    this.#dueAt.set(session, (Math.floor((now + timeoutMs) / this.#tickMs) + 1) * this.#tickMs);
  }

  /**
   * The servers lose track of it: no time ends it for as long as this holds. So it goes where the expiry of sessions is
   * held up, or where leaders of an ensemble come and go and each gives every session its whole time again.
   */
  keep(session: bigint, holds: () => boolean): void {
    this.#kept.set(session, holds);
  }

  /** Keeps the books of these alone. */
  only(sessions: { has(session: bigint): boolean }): void {
    for (const books of [this.#dueAt, this.#kept])
      for (const session of books.keys()) if (!sessions.has(session)) books.delete(session);
  }

  /** Those whose time is over. */
  over(now: number): bigint[] {
    const isKept = (session: bigint) => this.#kept.get(session)?.() === true;
    return [...this.#dueAt].filter(([session, at]) => at <= now && !isKept(session)).map(([session]) => session);
  }
}
