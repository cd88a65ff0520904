/** Following one path: read it, leave a watch, and read it again when that fires. */

import { Observable, Subscription, throwIfEmpty } from 'rxjs';
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

/** Everybody who waits for the next change of one path. */
interface Crowd extends Watcher {
  armed: boolean;
  readonly listeners: Set<(event: RawEvent) => void>;
}

/**
 * The values of a path from now on, across the connections of the session, completing when it is gone; `key` tells paths
 * and kinds of reading apart. One function per key for all who follow it, since the library tells watchers apart by
 * identity and never forgets one.
 */
export function watches(
  connected$: Observable<unknown>,
): <T>(key: string, read: (watcher: Watcher) => Observable<T>) => Observable<T> {
  const crowds = new Map<string, Crowd>();
  return <T>(key: string, read: (watcher: Watcher) => Observable<T>) =>
    new Observable<T>((subscriber) => {
      let leave: (() => void) | undefined;
      const fired = (event: RawEvent) => (event.getType() === events.NODE_DELETED ? subscriber.complete() : again());
      const failed = (error: unknown) => {
        if (isNoNode(error)) subscriber.complete();
        else if (error instanceof ConnectionLostError) resume(error);
        else subscriber.error(error);
      };
      const again = () => {
        leave?.();
        if (subscriber.closed) return;
        const crowd = crowdOf(crowds, key);
        crowd.listeners.add(fired);
        const reading = new Subscription(() => {
          crowd.listeners.delete(fired);
          if (!crowd.armed) forgetIdle(crowds, key, crowd);
        });
        leave = () => reading.unsubscribe();
        reading.add(read(crowd).subscribe({ next: (value) => subscriber.next(value), error: failed }));
      };
      /** With the next connection of this session; if there is none any more, the error stands. */
      const resume = (error: unknown) => {
        leave?.();
        const waiting = new Subscription();
        leave = () => waiting.unsubscribe();
        const lost = () => subscriber.error(error);
        waiting.add(connected$.pipe(throwIfEmpty()).subscribe({ next: again, error: lost }));
      };
      subscriber.add(() => leave?.());
      again();
    });
}

function crowdOf(crowds: Map<string, Crowd>, key: string): Crowd {
  const existing = crowds.get(key);
  if (existing) return existing;
  const crowd: Crowd = {
    armed: false,
    listeners: new Set(),
    asked: () => {
      crowd.armed = true;
    },
    refused: () => {
      crowd.armed = false;
      forgetIdle(crowds, key, crowd);
    },
    fire: (event) => {
      crowd.armed = false;
      forget(crowds, key, crowd);
      for (const listener of [...crowd.listeners]) listener(event);
    },
  };
  crowds.set(key, crowd);
  return crowd;
}

/** A crowd that was asked for again after it fired must not take its successor's place. */
function forget(crowds: Map<string, Crowd>, key: string, crowd: Crowd): void {
  if (crowds.get(key) === crowd) crowds.delete(key);
}

function forgetIdle(crowds: Map<string, Crowd>, key: string, crowd: Crowd): void {
  if (crowd.listeners.size === 0) forget(crowds, key, crowd);
}
