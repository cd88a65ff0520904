/** Following one path: read it, leave a watch, and read it again when that fires, or when there is another connection. */

import { Observable, type Observer, type Subscription, type Unsubscribable } from 'rxjs';
import { ConnectionLostError } from '../errors.js';
import { isNoNode } from './errors.js';
import { EVENT, type WatchEvent } from './port.js';

/** What a client hears of. */
export interface Signs {
  readonly event$: Observable<WatchEvent>;
  /** Completes with the session. */
  readonly connection$: Observable<'connected' | 'suspended'>;
}

/** A read leaves a watch behind at the server: it fires once, dies with the connection, and cannot be told to forget. */
type Read<T> = (path: string) => Observable<T>;

/** Whoever follows a path; `closed` once it has left. */
export interface Hearer<T> extends Observer<T> {
  readonly closed: boolean;
}

/** Until it is unsubscribed. */
export type Follow<T> = (path: string, who: Hearer<T>) => Unsubscribable;

/**
 * The values of a path from now on, across the connections of the session, completing when it is gone.
 *
 * On another connection it is simply read again. A client that renews its watches there by one request, as most do, is
 * refused for its size once it has some ten thousand of them, and never connected again.
 */
export function watches<T>(read: Read<T>, firedBy: readonly number[], signs: Signs): Follow<T> {
  const watched = new Watched(read, firedBy, signs);
  return (path, who) => {
    const watching = new Watching(who, path, watched);
    watching.look();
    return watching;
  };
}

/** The same as an observable. */
export const observed =
  <T>(follow: Follow<T>) =>
  (path: string): Observable<T> =>
    new Observable((subscriber) => follow(path, subscriber));

/** All who follow something by the same kind of reading. Listens while there are any. */
class Watched<T> {
  /** Most paths are followed by one alone. */
  readonly #byPath = new Map<string, Watching<T> | Set<Watching<T>>>();
  #listening: Subscription | undefined;
  isOver = false;

  constructor(
    readonly read: Read<T>,
    private readonly firedBy: readonly number[],
    private readonly signs: Signs,
  ) {}

  join(one: Watching<T>): void {
    if (this.#byPath.size === 0) this.#listening = this.#listen();
    const there = this.#byPath.get(one.path);
    if (there instanceof Set) there.add(one);
    else this.#byPath.set(one.path, there ? new Set([there, one]) : one);
  }

  leave(one: Watching<T>): void {
    const there = this.#byPath.get(one.path);
    const isLast = there instanceof Set ? there.delete(one) && there.size === 0 : there === one;
    if (isLast) this.#byPath.delete(one.path);
    if (this.#byPath.size === 0) this.#listening?.unsubscribe();
  }

  #listen(): Subscription {
    const { event$, connection$ } = this.signs;
    const listening = event$.subscribe((event) => this.firedBy.includes(event.type) && this.#fire(event));
    const next = (connection: string) => connection === 'connected' && this.#renew();
    listening.add(connection$.subscribe({ next, complete: () => this.#end() }));
    return listening;
  }

  #fire({ type, path }: WatchEvent): void {
    for (const one of listed(this.#byPath.get(path))) one.fired(type);
  }

  #renew(): void {
    for (const one of [...this.#byPath.values()].flatMap(listed)) one.renew();
  }

  #end(): void {
    this.isOver = true;
    for (const one of [...this.#byPath.values()].flatMap(listed)) one.end();
  }
}

/** As they are now: whoever is told may leave. */
const listed = <T>(there: Watching<T> | Set<Watching<T>> | undefined): readonly Watching<T>[] =>
  there instanceof Set ? [...there] : there ? [there] : [];

/** One who follows a path. */
class Watching<T> implements Observer<T>, Unsubscribable {
  /** The answer to its last read, until that is there. */
  #awaited: Subscription | undefined;
  /** Why there was none. */
  #lost: ConnectionLostError | undefined;

  constructor(
    private readonly who: Hearer<T>,
    readonly path: string,
    private readonly watched: Watched<T>,
  ) {
    watched.join(this);
  }

  look(): void {
    this.#awaited?.unsubscribe();
    this.#awaited = this.#lost = undefined;
    if (this.who.closed) return;
    const answer = this.watched.read(this.path).subscribe(this);
    if (this.who.closed) answer.unsubscribe();
    else if (!answer.closed) this.#awaited = answer;
  }

  fired(type: number): void {
    if (type === EVENT.deleted) this.who.complete();
    else this.look();
  }

  /** There is another connection. */
  renew(): void {
    if (!this.#awaited) this.look();
  }

  /** There will be no other connection. */
  end(): void {
    if (this.#lost) this.who.error(this.#lost);
  }

  next(value: T): void {
    this.who.next(value);
  }

  error(error: unknown): void {
    this.#awaited = undefined;
    if (isNoNode(error)) this.who.complete();
    else if (error instanceof ConnectionLostError && !this.watched.isOver) this.#lost = error;
    else this.who.error(error);
  }

  complete(): void {
    this.#awaited = undefined;
  }

  unsubscribe(): void {
    this.#awaited?.unsubscribe();
    this.watched.leave(this);
  }
}
