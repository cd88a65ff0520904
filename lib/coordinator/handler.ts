/** What the user of a role writes: its logic, and nothing else. */
import type { Observable, ObservableInput } from 'rxjs';
import { type Clock, checkDuration, checkOneOf, type Logger, silent, systemClock, unfailing } from '../options.js';
import type { Epoch } from './epoch.js';
import { createSlots, type Slots } from './slots.js';
import type { PreviousOwner, RoleTerm, TermEnd } from './term.js';

/**
 * Hooks of one role. For one role and one process they never overlap: at the end of a term an observable is unsubscribed,
 * a promise is waited for, `unloadTimeoutMs` at most (`term.signal` tells it to stop). A load that was started is
 * followed by exactly one unload; nothing is served after a load that failed. S is what a load makes.
 */
export interface RoleHandler<S> {
  /** While we wait for the last owner to be gone: whatever needs no authority. Unsubscribed when we have the role; a promise is not waited for. */
  warm?(): ObservableInput<unknown>;
  /** While it says false we do not want the role, and give it up; an error is a last false. @default always true */
  ready?(): Observable<boolean>;
  /**
   * The last owner did not say that it had unloaded: make sure that nothing of an earlier term goes on, be it that
   * owner's or of one before it that it never made sure of. Bounded by `loadTimeoutMs`; failing is a failed load.
   */
  fencePrevious?(previous: PreviousOwner, term: RoleTerm): ObservableInput<unknown>;
  /**
   * Reads the state of the role; the first value counts. Bounded by `loadTimeoutMs`, counted anew at each call of
   * `progress`. Failing releases the role, to be tried again after a back-off, here or elsewhere.
   */
  load(term: RoleTerm, progress: () => void): ObservableInput<S>;
  /** Unsubscribed at the end of the term, and while it is paused: then it is asked for anew. Its error resigns the role; completing does not. */
  serve?(state: S, term: RoleTerm): ObservableInput<unknown>;
  /** Puts away what `load` made; `undefined` if that did not finish. Bounded by `unloadTimeoutMs`. */
  unload(state: S | undefined, end: TermEnd): ObservableInput<unknown> | void;
}

export interface RoleOptions {
  /** The longest silence of a load, in ms. @default 30000 */
  readonly loadTimeoutMs?: number;
  /** How long an unload may take, in ms. Past it the role is released all the same, and the next owner is told. @default 10000 */
  readonly unloadTimeoutMs?: number;
  /** From a failed load to the next attempt, in ms; doubled while it goes on, up to 30 times. @default 1000 */
  readonly backOffMs?: number;
  /**
   * What becomes of a role while the connection is lost; its term ends with the lease in any case, without a word from
   * outside. `hold`: it goes on. `pause`: `serve` is unsubscribed (a promise runs on, and is waited for before the next) and
   * the guard answers that the role is not available, until the connection is back. `stop`: the term ends. @default 'hold'
   */
  readonly onSuspend?: 'hold' | 'pause' | 'stop';
  /** Bound on the difference between clock rates. @default 0.01 */
  readonly clockDrift?: number;
  /** @default the machine's clocks */
  readonly clock?: Clock;
  /** @default says nothing */
  readonly logger?: Logger;
}

export interface ResolvedRoleOptions extends Required<RoleOptions> {
  /** Whose turn it is to load, of all the roles in this process. */
  readonly loads: Slots;
}

/** Throws InvalidOptionError. */
export function resolveRoleOptions(given: RoleOptions = {}): ResolvedRoleOptions {
  return Object.freeze({
    loadTimeoutMs: checkDuration('loadTimeoutMs', given.loadTimeoutMs ?? 30_000, 1),
    unloadTimeoutMs: checkDuration('unloadTimeoutMs', given.unloadTimeoutMs ?? 10_000, 1),
    backOffMs: checkDuration('backOffMs', given.backOffMs ?? 1_000, 1, 60_000),
    onSuspend: checkOneOf('onSuspend', given.onSuspend ?? 'hold', ['hold', 'pause', 'stop']),
    clockDrift: checkDuration('clockDrift', given.clockDrift ?? 0.01, 0, 0.5),
    clock: given.clock ?? systemClock,
    logger: unfailing(given.logger ?? silent),
    loads: createSlots(Number.POSITIVE_INFINITY),
  });
}

export type RolePhase =
  /** Not wanted here. */
  | 'standby'
  /** Waits until the last owner is gone for good. */
  | 'claiming'
  | 'fencing'
  | 'loading'
  | 'serving'
  /** Its connection is lost, and it waits (`onSuspend: 'pause'`). */
  | 'paused'
  /** The term is over; what was loaded is put away. */
  | 'stopping'
  | 'released'
  /** The term was taken away: nobody was told that we have stopped. */
  | 'lost'
  /** Released after an error, to be tried again. */
  | 'failed';

export interface RoleState<S> {
  readonly phase: RolePhase;
  /** From `fencing` to the end of the term. */
  readonly epoch?: Epoch;
  /** While `serving`. */
  readonly serving?: { readonly state: S; readonly term: RoleTerm };
  /** At the end of a term: all was put away in time, and the store knows. */
  readonly clean?: boolean;
  /** Why it failed. */
  readonly error?: unknown;
}
