import { SuccessionError } from '../errors.js';

/** The lock was lost while its work ran: somebody else may have held it before the work ended. */
export class LockLostError extends SuccessionError {
  override readonly name = 'LockLostError';
  readonly code = 'LOCK_LOST';
  readonly retriable = true;
  constructor(
    readonly lock: string,
    readonly token: bigint,
  ) {
    super(`${lock} was lost while its work ran: only what checked the token ${token} is certain.`);
  }
}

/** A lock was asked for inside work that holds it. */
export class ReentrantLockError extends SuccessionError {
  override readonly name = 'ReentrantLockError';
  readonly code = 'LOCK_REENTERED';
  readonly retriable = false;
  constructor(
    readonly lock: string,
    remedy: string,
  ) {
    super(`${lock} was asked for by work that holds it: ${remedy}.`);
  }
}
