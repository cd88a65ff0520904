/** Following one path: read it, leave a watch, and read it again when that fires. */

import { Observable, type Observer, type Subscriber, type Subscription, throwIfEmpty, type Unsubscribable } from 'rxjs';
import { ConnectionLostError } from '../errors.js';
import { events } from './client.js';
import { isNoNode } from './errors.js';
import type { RawEvent } from './raw.js';

/** What a read leaves behind at the server: it fires once, and cannot be told to forget. */
export interface Watcher {
  readonly fire: (event: RawEvent) => void;
  /** The read is on its way, whether or not anybody still waits for its answer. */
  asked(): void;
  /** The read failed: no watch was left. */
  refused(): void;
}

type Read<T> = (watcher: Watcher) => Observable<T>;

/**
 * The values of a path from now on, across the connections of the session, completing when it is gone; `key` tells paths
 * and kinds of reading apart. One function per key for all who follow it, since the library tells watchers apart by
 * identity and never forgets one.
 */
export function watches(connected$: Observable<unknown>): <T>(key: string, read: Read<T>) => Observable<T> {
  const crowds = new Map<string, Crowd>();
  return <T>(key: string, read: Read<T>) =>
    new Observable<T>((subscriber) => {
      const watching = new Watching(subscriber, () => crowdOf(crowds, key), read, connected$);
      subscriber.add(watching);
      watching.look();
    });
}

/** One who follows a path. */
class Watching<T> implements Observer<T>, Unsubscribable {
  #crowd: Crowd | undefined;
  /** An answer, or the next connection. */
  #awaited: Subscription | undefined;

  constructor(
    private readonly subscriber: Subscriber<T>,
    private readonly crowd: () => Crowd,
    private readonly read: Read<T>,
    private readonly connected$: Observable<unknown>,
  ) {}

  look(): void {
    this.unsubscribe();
    if (this.subscriber.closed) return;
    this.#crowd = this.crowd();
    this.#crowd.join(this);
    this.#await(this.read(this.#crowd).subscribe(this));
  }

  fired(event: RawEvent): void {
    if (event.getType() === events.NODE_DELETED) this.subscriber.complete();
    else this.look();
  }

  next(value: T): void {
    this.subscriber.next(value);
  }

  error(error: unknown): void {
    if (isNoNode(error)) this.subscriber.complete();
    else if (error instanceof ConnectionLostError) this.#resume(error);
    else this.subscriber.error(error);
  }

  complete(): void {
    this.#awaited = undefined;
  }

  unsubscribe(): void {
    this.#awaited?.unsubscribe();
    this.#awaited = undefined;
    this.#crowd?.leave(this);
    this.#crowd = undefined;
  }

  /** With the next connection of this session; if there is none any more, the error stands. */
  #resume(lost: unknown): void {
    this.unsubscribe();
    const connected$ = this.connected$.pipe(throwIfEmpty());
    this.#await(connected$.subscribe({ next: () => this.look(), error: () => this.subscriber.error(lost) }));
  }

  #await(subscription: Subscription): void {
    if (this.subscriber.closed) subscription.unsubscribe();
    else if (!subscription.closed) this.#awaited = subscription;
  }
}

/** Everybody who waits for the next change of one path. */
class Crowd implements Watcher {
  /** The server will tell. */
  #armed = false;
  readonly #watching = new Set<Watching<unknown>>();

  constructor(
    private readonly crowds: Map<string, Crowd>,
    private readonly key: string,
  ) {}

  readonly fire = (event: RawEvent): void => {
    this.#armed = false;
    this.#forget();
    for (const one of [...this.#watching]) one.fired(event);
  };

  asked(): void {
    this.#armed = true;
  }

  refused(): void {
    this.#armed = false;
    this.#forgetIdle();
  }

  join(one: Watching<unknown>): void {
    this.#watching.add(one);
  }

  leave(one: Watching<unknown>): void {
    this.#watching.delete(one);
    if (!this.#armed) this.#forgetIdle();
  }

  #forgetIdle(): void {
    if (this.#watching.size === 0) this.#forget();
  }

  /** A crowd that was asked for again after it fired must not take its successor's place. */
  #forget(): void {
    if (this.crowds.get(this.key) === this) this.crowds.delete(this.key);
  }
}

function crowdOf(crowds: Map<string, Crowd>, key: string): Crowd {
  const crowd = crowds.get(key) ?? new Crowd(crowds, key);
  crowds.set(key, crowd);
  return crowd;
}
