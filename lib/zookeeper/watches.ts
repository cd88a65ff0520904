/** Following one path: read it, leave a watch, and read it again when that fires. */

import { Observable, type Subscription } from 'rxjs';
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
 * The values of a path from now on, completing when it is gone; `key` tells paths and kinds of reading apart. One
 * function per key for all who follow it, since the library tells watchers apart by identity and never forgets one.
 */
export function watches(): <T>(key: string, read: (watcher: Watcher) => Observable<T>) => Observable<T> {
  const crowds = new Map<string, Crowd>();
  return <T>(key: string, read: (watcher: Watcher) => Observable<T>) =>
    new Observable<T>((subscriber) => {
      let leave: (() => void) | undefined;
      const reader = {
        next: (value: T) => subscriber.next(value),
        error: (error: unknown) => (isNoNode(error) ? subscriber.complete() : subscriber.error(error)),
      };
      const fired = (event: RawEvent) => (event.getType() === events.NODE_DELETED ? subscriber.complete() : again());
      const again = () => {
        leave?.();
        if (subscriber.closed) return;
        const crowd = crowdOf(crowds, key);
        crowd.listeners.add(fired);
        let reading: Subscription | undefined;
        leave = () => {
          reading?.unsubscribe();
          crowd.listeners.delete(fired);
          if (!crowd.armed) forgetIdle(crowds, key, crowd);
        };
        reading = read(crowd).subscribe(reader);
        if (subscriber.closed) reading.unsubscribe();
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
