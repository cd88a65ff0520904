/**
 * The server's side of a role: answers requests for it while it is ours, and tells the caller what to do otherwise.
 *
 * The term is asked before the work, while it runs and again before its result goes out: what was computed in a term
 * that is over is no answer. These are Kafka's NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS and
 * COORDINATOR_NOT_AVAILABLE.
 */
import { firstValueFrom, type ObservableInput } from 'rxjs';
import { compareEpochs, type Epoch } from './epoch.js';
import {
  CoordinatorLoadingError,
  CoordinatorNotAvailableError,
  NotCoordinatorError,
  StaleEpochError,
  TermOverError,
} from './errors.js';
import type { RoleState } from './handler.js';
import type { RoleTerm } from './term.js';

export interface GuardOptions {
  /** Who may have the role instead, as far as this process knows: for the caller. */
  readonly hint?: () => string | undefined;
  /** What a caller is told to wait while the role is loading, in ms. @default 100 */
  readonly retryAfterMs?: number;
}

/**
 * Runs `work` with the state of the role, if it is served here. `claimed` is the epoch that the caller believes in: an
 * older one is refused; a newer one means that ours is over. Rejects with NotCoordinatorError, CoordinatorLoadingError,
 * CoordinatorNotAvailableError, StaleEpochError, IncarnationMismatchError, and as the work does.
 */
export async function guard<S, T>(
  role: string,
  state: () => RoleState<S>,
  work: (state: S, term: RoleTerm) => ObservableInput<T>,
  { claimed, hint, retryAfterMs = 100 }: GuardOptions & { readonly claimed?: Epoch } = {},
): Promise<T> {
  const { phase, serving } = state();
  if (phase === 'loading' || phase === 'fencing') throw new CoordinatorLoadingError(role, retryAfterMs);
  if (phase === 'failed' || phase === 'paused') throw new CoordinatorNotAvailableError(role);
  const elsewhere = () => new NotCoordinatorError(role, hint?.());
  if (!serving) throw elsewhere();
  const { term } = serving;
  if (claimed) refuseStale(claimed, term);
  if (!term.isCurrent()) throw elsewhere();
  try {
    const result = await firstValueFrom(term.guarded(work(serving.state, term)));
    if (term.isCurrent()) return result;
  } catch (error) {
    if (!(error instanceof TermOverError) && term.isCurrent()) throw error;
  }
  throw elsewhere();
}

function refuseStale(claimed: Epoch, term: RoleTerm): void {
  term.witness(claimed);
  if (compareEpochs(claimed, term.epoch) < 0) throw new StaleEpochError(claimed, term.epoch);
}
