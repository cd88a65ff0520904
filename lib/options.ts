import { asyncScheduler, defer, first, type Observable, repeat, type SchedulerLike, timer } from 'rxjs';
import { InvalidOptionError } from './errors.js';

/** A pino-shaped logger. Nothing is logged without one. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Says nothing: the default logger. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The same logger, except that a bug in it stalls nobody: what it throws is lost, like the line it could not write. */
export function unfailing(logger: Logger): Logger {
  if (unfailingOnes.has(logger)) return logger;
  const attempt = (level: keyof Logger) => (details: object, message: string) => {
    try {
      logger[level](details, message);
    } catch {
      // There is no better place to tell of it.
    }
  };
  const made = { debug: attempt('debug'), info: attempt('info'), warn: attempt('warn'), error: attempt('error') };
  unfailingOnes.add(made);
  return made;
}

const unfailingOnes = new WeakSet<Logger>();

/**
 * Where time comes from. `now` never goes back and stands still while the machine sleeps; `wall` goes on. The
 * difference is how a suspended virtual machine is noticed.
 */
export interface Clock {
  /** Monotonic milliseconds since some fixed instant. */
  now(): number;
  /** Milliseconds of the wall clock. Never used for a deadline. */
  wall(): number;
  /** Runs the timers. */
  readonly scheduler: SchedulerLike;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  scheduler: asyncScheduler,
};

/** The largest delay a Node timer can hold: more would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** A duration in whole or fractional milliseconds between `min` and `max`. */
export function checkDuration(option: string, value: unknown, min = 0, max = MAX_TIMER_MS): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max)
    throw new InvalidOptionError(option, value, `must be a number of milliseconds from ${min} to ${max}`);
  return value;
}

/** A number between `min` and `max`, whole or not. */
export function checkNumber(option: string, value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max)
    throw new InvalidOptionError(option, value, `must be a number from ${min} to ${max}`);
  return value;
}

/** A string that is not empty and holds no control characters: ids end up on terminals and in paths. */
export function checkText(option: string, value: unknown): string {
  if (typeof value !== 'string' || value.length === 0)
    throw new InvalidOptionError(option, value, 'must be a non-empty string');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (/[\u0000-\u001f\u007f-\u009f]/u.test(value))
    throw new InvalidOptionError(option, value, 'must hold no control characters');
  return value;
}

/** One of the given words. */
export function checkOneOf<const W extends string>(option: string, value: unknown, words: readonly W[]): W {
  if (!words.includes(value as W)) throw new InvalidOptionError(option, value, `must be one of ${words.join(', ')}`);
  return value as W;
}

/** A rule that needs more than one option: `holds` must be true, else the error names `rule`. */
export function checkTogether(holds: boolean, option: string, value: unknown, rule: string): void {
  if (!holds) throw new InvalidOptionError(option, value, rule);
}

/** Emits once when the monotonic clock has reached `instant()`, which may move on while we wait. Timers may be early. */
export function reached(clock: Clock, instant: () => number): Observable<unknown> {
  const wait$ = defer(() =>
    timer(Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(instant() - clock.now()))), clock.scheduler),
  );
  return wait$.pipe(
    repeat(),
    first(() => clock.now() >= instant()),
  );
}
