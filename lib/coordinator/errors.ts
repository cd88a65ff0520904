import { SuccessionError } from '../errors.js';

/** Two epochs of different groups, or of an ensemble before and after it was rebuilt: neither is the later. */
export class IncarnationMismatchError extends SuccessionError {
  override readonly name = 'IncarnationMismatchError';
  readonly code = 'INCARNATION_MISMATCH';
  readonly retriable = false;
  constructor(
    readonly one: string,
    readonly other: string,
  ) {
    super(
      `Epochs of incarnation ${one} and of ${other} cannot be compared: if the ensemble was rebuilt, reset the gate.`,
    );
  }
}

/** The term of a role is over: stop working on it. */
export class TermOverError extends SuccessionError {
  override readonly name = 'TermOverError';
  readonly code = 'TERM_OVER';
  readonly retriable = false;
  constructor(
    readonly role: string,
    readonly term: number,
  ) {
    super(`Term ${term} of ${role} is over: whatever it has not committed, it will not.`);
  }
}

/** There is no group below that root, or what is there is not one. */
export class NoSuchGroupError extends SuccessionError {
  override readonly name = 'NoSuchGroupError';
  readonly code = 'NO_SUCH_GROUP';
  readonly retriable = false;
  constructor(readonly root: string) {
    super(`There is no role group at ${root}: check the root; its first member makes it.`);
  }
}

/** The group has no such role. */
export class NoSuchRoleError extends SuccessionError {
  override readonly name = 'NoSuchRoleError';
  readonly code = 'NO_SUCH_ROLE';
  readonly retriable = false;
  constructor(
    readonly root: string,
    readonly role: string,
  ) {
    super(`The group at ${root} has no role ${role}.`);
  }
}

/** A role cannot be moved to that node, until somebody brings it back or undrains it. Nothing was ordered. */
export class NodeUnavailableError extends SuccessionError {
  override readonly name = 'NodeUnavailableError';
  readonly code = 'NODE_UNAVAILABLE';
  readonly retriable = false;
  constructor(
    readonly node: string,
    readonly why: 'absent' | 'draining' | 'not eligible',
  ) {
    super(
      `${node} is ${why}: choose another node${why === 'not eligible' ? ', or acknowledge an unclean election' : ''}.`,
    );
  }
}

/** The role is not served by this process: ask its owner. */
export class NotCoordinatorError extends SuccessionError {
  override readonly name = 'NotCoordinatorError';
  readonly code = 'NOT_COORDINATOR';
  readonly retriable = true;
  constructor(
    readonly role: string,
    /** Who may be, as far as this process knows. */
    readonly hint?: string,
  ) {
    super(
      `${role} is not served here${hint === undefined ? '' : `, perhaps by ${hint}`}: ask the locator for its owner.`,
    );
  }
}

/** The role is ours, and not ready yet: ask again here. */
export class CoordinatorLoadingError extends SuccessionError {
  override readonly name = 'CoordinatorLoadingError';
  readonly code = 'COORDINATOR_LOADING';
  readonly retriable = true;
  constructor(
    readonly role: string,
    readonly retryAfterMs: number,
  ) {
    super(`${role} is being loaded: try again in ${retryAfterMs} ms.`);
  }
}

/** The role cannot be served at present: its load failed. It is tried again, here or elsewhere. */
export class CoordinatorNotAvailableError extends SuccessionError {
  override readonly name = 'CoordinatorNotAvailableError';
  readonly code = 'COORDINATOR_NOT_AVAILABLE';
  readonly retriable = true;
  constructor(readonly role: string) {
    super(`${role} cannot be served at present: try again a little later.`);
  }
}

/** Somebody acts for an epoch that a later one has followed. Nothing was done. */
export class StaleEpochError extends SuccessionError {
  override readonly name = 'StaleEpochError';
  readonly code = 'STALE_EPOCH';
  readonly retriable = false;
  constructor(
    readonly offered: { readonly token: bigint },
    readonly highest: { readonly token: bigint },
  ) {
    super(`Epoch ${offered.token} is stale: ${highest.token} has been here. Stop working on it.`);
  }
}
