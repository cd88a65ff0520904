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
