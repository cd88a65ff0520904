/**
 * Every error this package throws or emits, with its stable code.
 *
 * `retriable` is all that retry logic may ask: the same call can succeed later without anybody changing code, options
 * or permissions. A lost connection or session is; and inside an election it is a value, never an error (law 5).
 */
export type ErrorCode =
  | 'INVALID_OPTION'
  | 'CONNECTION_LOST'
  | 'SESSION_EXPIRED'
  | 'AUTHENTICATION_FAILED'
  | 'ACCESS_DENIED'
  | 'DATA_TOO_LARGE'
  | 'STORE_REFUSED'
  | 'DEADLINE_EXCEEDED'
  | 'CLOSED'
  | 'STALE_TOKEN'
  | 'FENCED'
  | 'NO_LEADER'
  | 'LEADER_CHANGED'
  | 'NO_SUCH_PARTICIPANT'
  | 'LOCK_LOST'
  | 'LOCK_REENTERED'
  | RoleCode
  | GuardCode
  | 'SAVED_STATE'
  | 'UNSUPPORTED';

type RoleCode = 'INCARNATION_MISMATCH' | 'TERM_OVER' | 'NO_SUCH_GROUP' | 'NO_SUCH_ROLE' | 'NODE_UNAVAILABLE';
type GuardCode = 'NOT_COORDINATOR' | 'COORDINATOR_LOADING' | 'COORDINATOR_NOT_AVAILABLE' | 'STALE_EPOCH';

/** The base of all: `name` equals the class name, `code` is stable, `cause` keeps the original. */
export abstract class SuccessionError extends Error {
  abstract override readonly name: string;
  abstract readonly code: ErrorCode;
  abstract readonly retriable: boolean;
}

/** An option, or two options together, break a rule. The message names the rule and what to do. */
export class InvalidOptionError extends SuccessionError {
  override readonly name = 'InvalidOptionError';
  readonly code = 'INVALID_OPTION';
  readonly retriable = false;
  constructor(
    readonly option: string,
    readonly value: unknown,
    readonly rule: string,
  ) {
    super(`${option}: ${rule} (got ${show(value)})`);
  }
}

/** The wire broke before the answer came. Whether the request was carried out is unknown. */
export class ConnectionLostError extends SuccessionError {
  override readonly name = 'ConnectionLostError';
  readonly code = 'CONNECTION_LOST';
  readonly retriable = true;
  constructor(what = 'a request', options?: ErrorOptions) {
    super(`The connection was lost before ${what} was answered: its outcome is unknown.`, options);
  }
}

/** The session is over: its ephemeral znodes are gone, and with them every place in line. */
export class SessionExpiredError extends SuccessionError {
  override readonly name = 'SessionExpiredError';
  readonly code = 'SESSION_EXPIRED';
  readonly retriable = true;
  constructor(options?: ErrorOptions) {
    super('The session has expired: its place in line is lost.', options);
  }
}

/** The server refused the credentials. Retrying cannot help. */
export class AuthenticationError extends SuccessionError {
  override readonly name = 'AuthenticationError';
  readonly code = 'AUTHENTICATION_FAILED';
  readonly retriable = false;
  constructor(options?: ErrorOptions) {
    super('The server refused the credentials: check the `auth` and `tls` options.', options);
  }
}

/** The ACL on `path` denies what an election needs. Retrying cannot help; somebody must change the ACL or the credentials. */
export class AccessDeniedError extends SuccessionError {
  override readonly name = 'AccessDeniedError';
  readonly code = 'ACCESS_DENIED';
  readonly retriable = false;
  constructor(
    readonly path: string,
    readonly operation: string,
    options?: ErrorOptions,
  ) {
    super(`The ACL denies "${operation}" on ${path}: grant it to this identity, or set the \`auth\` option.`, options);
  }
}

/** A request is larger than the server takes. It was not sent: the server would only close the connection. */
export class DataTooLargeError extends SuccessionError {
  override readonly name = 'DataTooLargeError';
  readonly code = 'DATA_TOO_LARGE';
  readonly retriable = false;
  constructor(
    readonly path: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `${bytes} bytes for ${path} are more than the ${limit} that fit into one request: publish a reference instead.`,
    );
  }
}

/** The store answered with an error that has no class of its own; `storeCode` is its name there, such as `NO_NODE`. */
export class StoreError extends SuccessionError {
  override readonly name = 'StoreError';
  readonly code = 'STORE_REFUSED';
  constructor(
    readonly storeCode: string,
    readonly path: string,
    readonly retriable: boolean,
    /** Which operation of a transaction failed, counted from 0. */
    readonly index?: number,
    options?: ErrorOptions,
  ) {
    super(`The store answered ${storeCode} for ${path}.`, options);
  }
}

/** A wait reached its deadline. */
export class DeadlineError extends SuccessionError {
  override readonly name = 'DeadlineError';
  readonly code = 'DEADLINE_EXCEEDED';
  readonly retriable = true;
  constructor(
    readonly what: string,
    readonly afterMs: number,
    options?: ErrorOptions,
  ) {
    super(`${what} did not happen within ${afterMs} ms.`, options);
  }
}

/** The backend was closed. Make a new one. */
export class ClosedError extends SuccessionError {
  override readonly name = 'ClosedError';
  readonly code = 'CLOSED';
  readonly retriable = false;
  constructor(what = 'The backend') {
    super(`${what} is closed.`);
  }
}

/** A resource refused a fencing token: a newer leader has been here. */
export class StaleTokenError extends SuccessionError {
  override readonly name = 'StaleTokenError';
  readonly code = 'STALE_TOKEN';
  readonly retriable = false;
  constructor(
    readonly offered: bigint,
    readonly highest: bigint,
  ) {
    super(`Token ${offered} is stale: ${highest} has been here. Stop working; another leader was elected.`);
  }
}

/** A fenced write was refused: the leadership it belongs to is over. Nothing was written. */
export class FencedError extends SuccessionError {
  override readonly name = 'FencedError';
  readonly code = 'FENCED';
  readonly retriable = false;
  constructor(
    readonly token: bigint,
    options?: ErrorOptions,
  ) {
    super(`The leadership with token ${token} is over: nothing was written.`, options);
  }
}

/** There is no leader to do what was asked. */
export class NoLeaderError extends SuccessionError {
  override readonly name = 'NoLeaderError';
  readonly code = 'NO_LEADER';
  readonly retriable = true;
  constructor(readonly election: string) {
    super(`Nobody leads ${election}.`);
  }
}

/** A guard (`expectLeader`) did not match: somebody else leads. Nothing was done. */
export class LeaderChangedError extends SuccessionError {
  override readonly name = 'LeaderChangedError';
  readonly code = 'LEADER_CHANGED';
  readonly retriable = false;
  constructor(
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`Expected ${expected} to lead, but ${actual} does: nothing was done.`);
  }
}

/** No participant of that id stands in the election. */
export class NoSuchParticipantError extends SuccessionError {
  override readonly name = 'NoSuchParticipantError';
  readonly code = 'NO_SUCH_PARTICIPANT';
  readonly retriable = false;
  constructor(
    readonly election: string,
    readonly id: string,
  ) {
    super(`No participant ${id} stands in ${election}.`);
  }
}

/** This backend, or this participant, cannot do what was asked. */
export class UnsupportedError extends SuccessionError {
  override readonly name = 'UnsupportedError';
  readonly code = 'UNSUPPORTED';
  readonly retriable = false;
}

/** What a node saved cannot be relied on, or not by this process. Nothing was done; the message tells what to do. */
export class SavedStateError extends SuccessionError {
  override readonly name = 'SavedStateError';
  readonly code = 'SAVED_STATE';
  readonly retriable = false;
  constructor(
    readonly file: string,
    readonly rule: string,
    options?: ErrorOptions,
  ) {
    super(`${file} cannot be used: ${rule}.`, options);
  }
}

/** True for our errors that a retry may cure. Anything unknown is not retried: it is a bug and must be seen. */
export function isRetriable(error: unknown): boolean {
  return error instanceof SuccessionError && error.retriable;
}

/** For messages: also what JSON cannot carry, since that may be the very mistake. */
function show(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return Object.prototype.toString.call(value);
  }
}
