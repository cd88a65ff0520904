/** The three ways to ask for a lock, the same for every kind of lock. */
import { LockLostError } from './errors.js';
import { type Held, type Patience, patience } from './hold.js';
import { type ResolvedLockOptions, resolveWait, type Wait } from './options.js';
import { heldHere, runInside, type Subject } from './reentrance.js';

export interface Lock {
  readonly name: string;
  /**
   * Waits in line until it holds. Rejects with DeadlineError, the signal's reason, ClosedError, or what retrying cannot
   * help (credentials, ACL); nothing of it stays in line then.
   */
  acquire(wait?: Wait): Promise<Held>;
  /** Holds if that can be had without waiting for anybody, else `undefined`. Rejects as `acquire` does. */
  tryAcquire(wait?: Wait): Promise<Held | undefined>;
  /**
   * Runs the work while holding, and releases when it has ended, however it ends. If the lock was lost meanwhile the
   * result is not to be trusted: rejects with LockLostError. An error of the work itself comes first.
   */
  withLock<R>(work: (held: Held) => R | PromiseLike<R>, wait?: Wait): Promise<R>;
}

/** How one kind of lock is taken. */
export interface Taker {
  take(id: string, patience: Patience): Promise<Held>;
  tryTake(id: string, patience: Patience): Promise<Held | undefined>;
}

let attempts = 0;

export function lockOf(subject: Subject, taker: Taker, options: ResolvedLockOptions): Lock {
  const { id, clock, reentrant } = options;
  const next = () => `${id}-${++attempts}`;
  const patient = (wait: Wait) => patience(resolveWait(wait, options), clock);
  const acquire = async (wait: Wait = {}) => heldHere(subject, reentrant) ?? taker.take(next(), patient(wait));
  return {
    name: subject.name,
    acquire,
    tryAcquire: async (wait = {}) => heldHere(subject, reentrant) ?? taker.tryTake(next(), patient(wait)),
    withLock: async (work, wait) => {
      const held = await acquire(wait);
      try {
        const result = await runInside(subject, held, work);
        if (!held.isValid()) throw new LockLostError(subject.name, held.token);
        return result;
      } finally {
        await held.release();
      }
    },
  };
}
