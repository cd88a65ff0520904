import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Observable } from 'rxjs';

export interface UntilOptions {
  /** Milliseconds until we give up. Default 10 000. */
  within?: number;
  /** Milliseconds between two looks. Default 5. */
  every?: number;
  /** What we wait for; a function is asked at the deadline, so that it can tell how far things got. */
  describe?: string | (() => string);
}

/** What is left of a type once it counts as true. */
export type Truthy<T> = Exclude<NonNullable<T>, false | 0 | 0n | ''>;

/**
 * Waits until the predicate holds and returns what it said. A predicate that throws counts as "not yet", so it may look
 * at servers that are just restarting; its last error becomes the cause of ours.
 */
export async function until<T>(predicate: () => T | Promise<T>, options: UntilOptions = {}): Promise<Truthy<T>> {
  const { within = 10_000, every = 5 } = options;
  const deadline = performance.now() + within;
  for (;;) {
    const { value, error } = await look(predicate, deadline);
    if (value) return value as Truthy<T>;
    if (performance.now() >= deadline) throw new Error(explain(options, within, predicate, value), { cause: error });
    await pause(every);
  }
}

async function look<T>(predicate: () => T | Promise<T>, deadline: number): Promise<{ value?: T; error?: unknown }> {
  try {
    return { value: await before(deadline, predicate()) };
  } catch (error) {
    return { error };
  }
}

/** The deadline also holds for a predicate that never answers. */
async function before<T>(deadline: number, answer: T | Promise<T>): Promise<T> {
  if (!(answer instanceof Promise)) return answer;
  const done = new AbortController();
  const late = pause(Math.max(1, deadline - performance.now()), undefined, { signal: done.signal }).then(() => {
    throw new Error('the predicate itself did not answer in time');
  });
  late.catch(() => undefined);
  return Promise.race([answer, late]).finally(() => done.abort());
}

function explain(options: UntilOptions, within: number, predicate: unknown, last: unknown): string {
  const { describe = String(predicate) } = options;
  const what = typeof describe === 'function' ? describe() : describe;
  return `not within ${within} ms: ${what} (last answer: ${inspect(last)})`;
}

/** Everything an observable has said so far. */
export interface Seen<T> extends Disposable {
  readonly values: readonly T[];
  readonly last: T | undefined;
  readonly error: unknown;
  readonly completed: boolean;
  /**
   * The first matching value that no earlier `next` has passed, be it already there or still to come: a value that
   * arrives before we ask is never missed, and one that was seen is never taken twice.
   */
  next(predicate?: (value: T) => boolean, within?: number): Promise<T>;
}

const ended = 'ended';

/** Subscribes and records, until disposed. */
export function seen<T>(source: Observable<T>): Seen<T> {
  const values: T[] = [];
  const end: { error: unknown; completed: boolean } = { error: undefined, completed: false };
  let looked = 0;
  const subscription = source.subscribe({
    next: (value) => void values.push(value),
    error: (error) => Object.assign(end, { error, completed: true }),
    complete: () => Object.assign(end, { completed: true }),
  });
  const advance = (predicate: (value: T) => boolean): { value: T } | undefined => {
    while (looked < values.length) {
      const value = values[looked++] as T;
      if (predicate(value)) return { value };
    }
    return undefined;
  };
  return {
    values,
    get last() {
      return values.at(-1);
    },
    get error() {
      return end.error;
    },
    get completed() {
      return end.completed;
    },
    async next(predicate = () => true, within = 10_000) {
      const describe = () => `${predicate} among ${inspect(values, { depth: 4 })}`;
      const found = await until(() => advance(predicate) ?? (end.completed ? ended : undefined), { within, describe });
      if (found !== ended) return found.value;
      throw new Error(`ended without ${describe()}`, { cause: end.error });
    },
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}
