/** Locks: an election held for one piece of work. On every backend that promises exclusion. */
import type { Backend } from '../election/election.js';
import { UnsupportedError } from '../errors.js';
import { checkText } from '../options.js';
import { hold, placeOf, tryHold } from './hold.js';
import { type Lock, lockOf, type Taker } from './lock.js';
import { checkPermits, type LockOptions, resolveLockOptions } from './options.js';
import { all, allFree, type House, houseOf, one, oneFree, pass, type Taking, tryPass } from './shared.js';

export { LockLostError, ReentrantLockError } from './errors.js';
export type { Held } from './hold.js';
export type { Lock } from './lock.js';
export type { LockOptions, Wait } from './options.js';

/**
 * A lock that one may hold: fair (in the order of asking, as far as the backend's line is) and fenced by its token.
 * Does no I/O. Throws InvalidOptionError, and UnsupportedError on a backend that is only `best-effort`.
 */
export function createLock(backend: Backend, called: string, given?: LockOptions): Lock {
  const { name, options } = resolved(backend, called, given);
  const place = placeOf(backend, name, options);
  const taker: Taker = {
    take: (id, patience) => hold(place, id, patience, options.clock),
    tryTake: (id, patience) => tryHold(place, id, patience, options.clock),
  };
  return lockOf({ backend, name, kind: 'exclusive' }, taker, options);
}

export interface SemaphoreOptions extends LockOptions {
  /** How many may hold at once, 1 to 64; the same in every process. */
  readonly permits: number;
}

/** A lock that `permits` may hold at once, in one line. Throws as `createLock` does. */
export function createSemaphore(backend: Backend, called: string, { permits, ...given }: SemaphoreOptions): Lock {
  const { name, options } = resolved(backend, called, given);
  const house = houseOf(backend, name, checkPermits('permits', permits), options);
  // Two permits in one piece of work would wait for each other as two writers do.
  return lockOf({ backend, name, kind: 'exclusive' }, taking(house, one, oneFree), options);
}

export interface ReadWriteLockOptions extends LockOptions {
  /** How many may read at once, 1 to 64; the same in every process. A writer's cost grows with it. @default 8 */
  readonly readers?: number;
}

export interface ReadWriteLock {
  /** Held by many at once, unless somebody writes or waits to. */
  readonly read: Lock;
  /** Held by one alone. */
  readonly write: Lock;
}

/** Readers and writers in one line: nobody overtakes, so neither starves. Throws as `createLock` does. */
export function createReadWriteLock(backend: Backend, called: string, given: ReadWriteLockOptions = {}): ReadWriteLock {
  const { name, options } = resolved(backend, called, given);
  const house = houseOf(backend, name, checkPermits('readers', given.readers ?? 8), options);
  return {
    read: lockOf({ backend, name, kind: 'shared' }, taking(house, one, oneFree), options),
    write: lockOf({ backend, name, kind: 'exclusive' }, taking(house, all, allFree), options),
  };
}

function taking(house: House, waiting: Taking, atOnce: Taking): Taker {
  return {
    // Only `tryPass` comes back with nothing.
    take: async (id, patience) => (await pass(house, id, patience, waiting))!,
    tryTake: (id, patience) => tryPass(house, id, patience, atOnce),
  };
}

/** Names are paths, as everywhere: with or without slashes around them they are the same. */
function resolved(backend: Backend, called: string, given?: LockOptions) {
  if (backend.guarantee === 'best-effort')
    throw new UnsupportedError(`A lock needs a backend that excludes, and this one is best-effort: use a quorum.`);
  const name = checkText('name', checkText('name', called).replace(/^\/+|\/+$/g, ''));
  return { name, options: resolveLockOptions(given) };
}
