/** Following one path: read it, leave a watch, and read it again when that fires. */

import { catchError, EMPTY, Observable, repeat, takeWhile } from 'rxjs';
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

const GONE = Symbol('gone');

/**
 * The values of a path from now on, completing when it is gone; `key` tells paths and kinds of reading apart. One
 * function per key for all who follow it, since the library tells watchers apart by identity and never forgets one.
 */
export function watches(): <T>(key: string, read: (watcher: Watcher) => Observable<T>) => Observable<T> {
  const crowds = new Map<string, Crowd>();
  return (key, read) =>
    readUntilChanged(crowds, key, read).pipe(
      repeat(),
      takeWhile((value): value is Exclude<typeof value, typeof GONE> => value !== GONE),
      catchError((error) => {
        if (isNoNode(error)) return EMPTY;
        throw error;
      }),
    );
}

/** The value, then completion at the first change, or GONE first. */
function readUntilChanged<T>(crowds: Map<string, Crowd>, key: string, read: (watcher: Watcher) => Observable<T>) {
  return new Observable<T | typeof GONE>((subscriber) => {
    const crowd = crowdOf(crowds, key);
    const listener = (event: RawEvent) => {
      if (event.getType() === events.NODE_DELETED) subscriber.next(GONE);
      subscriber.complete();
    };
    crowd.listeners.add(listener);
    subscriber.add(() => {
      crowd.listeners.delete(listener);
      if (!crowd.armed) forgetIdle(crowds, key, crowd);
    });
    subscriber.add(
      read(crowd).subscribe({
        next: (value) => subscriber.next(value),
        error: (error) => subscriber.error(error),
      }),
    );
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
