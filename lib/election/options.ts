import { InvalidOptionError } from '../errors.js';
import { checkDuration, checkText, checkTogether, MAX_TIMER_MS } from '../options.js';
import type { CampaignOptions, ElectionOptions } from './election.js';
import { LONGEST_YIELD } from './yielding.js';

/** Every election option with its value, checked and frozen. Only `prefer` may be missing: then the line alone decides. */
export interface ResolvedElectionOptions<T = unknown> {
  readonly drainTimeoutMs: number;
  readonly resignTimeoutMs: number;
  readonly yieldMs: number;
  readonly prefer: ElectionOptions<T>['prefer'];
  readonly preempt: boolean;
}

/**
 * Copies, takes defaults (the backend's own before the documented ones), checks each, checks together, freezes. Never
 * writes to what it was given. Throws InvalidOptionError.
 */
export function resolveElectionOptions<T = unknown>(
  given: ElectionOptions<T> = {},
  defaults: ElectionOptions<T> = {},
): ResolvedElectionOptions<T> {
  const prefer = given.prefer ?? defaults.prefer;
  const preempt = given.preempt ?? defaults.preempt ?? false;
  const resolved = {
    drainTimeoutMs: checkDuration('drainTimeoutMs', given.drainTimeoutMs ?? defaults.drainTimeoutMs ?? 10_000),
    resignTimeoutMs: checkDuration('resignTimeoutMs', given.resignTimeoutMs ?? defaults.resignTimeoutMs ?? 5_000),
    yieldMs: checkDuration('yieldMs', given.yieldMs ?? defaults.yieldMs ?? 1_000, 0, MAX_TIMER_MS / LONGEST_YIELD),
    prefer: checkType('prefer', prefer, prefer === undefined || typeof prefer === 'function', 'must be a comparator'),
    preempt: checkType('preempt', preempt, typeof preempt === 'boolean', 'must be true or false'),
  };
  checkTogether(!preempt || prefer !== undefined, 'preempt', preempt, 'needs `prefer`, which says who is better');
  return Object.freeze(resolved);
}

/**
 * Checks who stands. The data that comes back is what everybody else will read: a detached copy, through JSON. Throws
 * InvalidOptionError for an id that is empty or holds control characters, and for data that JSON cannot carry.
 */
export function checkCampaign<T>({ id, data }: CampaignOptions<T>): CampaignOptions<T> {
  return Object.freeze({ id: checkText('id', id), data: throughJson(data) });
}

function throughJson<T>(data: T): T {
  if (data === undefined) return data;
  try {
    return JSON.parse(JSON.stringify(data));
  } catch {
    throw new InvalidOptionError('data', data, 'must be something JSON can carry: no bigint, no function, no cycle');
  }
}

function checkType<V>(option: string, value: V, holds: boolean, rule: string): V {
  if (!holds) throw new InvalidOptionError(option, value, rule);
  return value;
}
