import { hostname } from 'node:os';
import { type Clock, checkDuration, checkText, checkTogether, systemClock } from '../options.js';

export interface LockOptions {
  /** Who asks, for people who look at the line; a number is appended for each attempt. @default host-pid */
  readonly id?: string;
  /**
   * True: who asks for a lock inside its own `withLock` gets the one it has. Otherwise that is refused
   * (ReentrantLockError), since it would wait for itself. Once that one is released or lost it is asked for as by
   * anybody. @default false
   */
  readonly reentrant?: boolean;
  /**
   * How long an attempt waits for the lock unless it says otherwise, in ms. `Infinity` is for callers with a `signal`.
   * @default 30000
   */
  readonly timeoutMs?: number;
  /** How long leaving the line may take, in ms: a release, or an attempt that was given up. @default 5000 */
  readonly releaseTimeoutMs?: number;
  /** @default the machine's clocks */
  readonly clock?: Clock;
}

export interface Wait {
  /** Gives the attempt up: it rejects with the signal's reason, and nothing of it stays in line. */
  readonly signal?: AbortSignal;
  /** Past it the attempt rejects with DeadlineError, and nothing of it stays in line. @default the lock's own */
  readonly timeoutMs?: number;
}

export interface ResolvedLockOptions extends Required<LockOptions> {}

/** Throws InvalidOptionError. */
export function resolveLockOptions(given: LockOptions = {}): ResolvedLockOptions {
  return Object.freeze({
    id: checkText('id', given.id ?? `${hostname()}-${process.pid}`),
    reentrant: given.reentrant === true,
    timeoutMs: checkTimeout(given.timeoutMs ?? 30_000),
    releaseTimeoutMs: checkDuration('releaseTimeoutMs', given.releaseTimeoutMs ?? 5_000),
    clock: given.clock ?? systemClock,
  });
}

/** How many may hold at once. More would make every attempt expensive. */
export const MAX_PERMITS = 64;

export function checkPermits(option: string, value: number): number {
  const holds = Number.isInteger(value) && value >= 1 && value <= MAX_PERMITS;
  checkTogether(holds, option, value, `must be a whole number from 1 to ${MAX_PERMITS}`);
  return value;
}

/** Copies and checks what one attempt says. Throws InvalidOptionError. */
export function resolveWait({ signal, timeoutMs }: Wait, { timeoutMs: usual }: ResolvedLockOptions): Required<Wait> {
  return { signal: signal ?? new AbortController().signal, timeoutMs: checkTimeout(timeoutMs ?? usual) };
}

const checkTimeout = (value: number) =>
  value === Number.POSITIVE_INFINITY ? value : checkDuration('timeoutMs', value);
