/** Who asks for a lock inside its own `withLock` would wait for itself: seen here, by the asynchronous context. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Backend } from '../election/election.js';
import { ReentrantLockError } from './errors.js';
import type { Held } from './hold.js';

/** Which lock, and what part of it: who writes may also read. */
export interface Subject {
  readonly backend: Backend;
  readonly name: string;
  readonly kind: 'exclusive' | 'shared';
}

interface Inside extends Subject {
  readonly held: Held;
}

const inside = new AsyncLocalStorage<readonly Inside[]>();

/**
 * What this context holds of the lock already: only where asked for (`reentrant`), and where it covers what is wanted;
 * otherwise throws ReentrantLockError. Timers and listeners that the work has left behind run in its context still: what
 * was released, or lost, is not held.
 */
export function heldHere(subject: Subject, reentrant: boolean): Held | undefined {
  const outer = inside
    .getStore()
    ?.find(({ backend, name, held }) => backend === subject.backend && name === subject.name && held.isValid());
  if (!outer) return undefined;
  if (!reentrant) throw new ReentrantLockError(subject.name, 'give the option `reentrant: true` if that is meant');
  if (outer.kind === 'shared' && subject.kind === 'exclusive')
    throw new ReentrantLockError(subject.name, 'a reader cannot become a writer: it would wait for itself');
  return { ...outer.held, release: async () => 'released', [Symbol.asyncDispose]: async () => undefined };
}

/** Runs the work in a context that knows what it holds. */
export function runInside<R>(subject: Subject, held: Held, work: (held: Held) => R): R {
  return inside.run([...(inside.getStore() ?? []), { ...subject, held }], () => work(held));
}
