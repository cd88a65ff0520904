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
