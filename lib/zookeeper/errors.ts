/** ZooKeeper's error codes as ours, retriable or not: one table. */
import {
  AccessDeniedError,
  AuthenticationError,
  ConnectionLostError,
  SessionExpiredError,
  StoreError,
  type SuccessionError,
} from '../errors.js';

/** Code → name and whether the same request can succeed later. Names are those of ZooKeeper's KeeperException. */
const CODES: Readonly<Record<number, readonly [name: string, retriable: boolean]>> = {
  [-1]: ['SYSTEM_ERROR', false],
  [-2]: ['RUNTIME_INCONSISTENCY', false],
  [-3]: ['DATA_INCONSISTENCY', false],
  [-4]: ['CONNECTION_LOSS', true],
  [-5]: ['MARSHALLING_ERROR', false],
  [-6]: ['UNIMPLEMENTED', false],
  [-7]: ['OPERATION_TIMEOUT', true],
  [-8]: ['BAD_ARGUMENTS', false],
  [-13]: ['NEW_CONFIG_NO_QUORUM', true],
  [-14]: ['RECONFIG_IN_PROGRESS', true],
  [-101]: ['NO_NODE', false],
  [-102]: ['NO_AUTH', false],
  [-103]: ['BAD_VERSION', false],
  [-108]: ['NO_CHILDREN_FOR_EPHEMERALS', false],
  [-110]: ['NODE_EXISTS', false],
  [-111]: ['NOT_EMPTY', false],
  [-112]: ['SESSION_EXPIRED', true],
  [-113]: ['INVALID_CALLBACK', false],
  [-114]: ['INVALID_ACL', false],
  [-115]: ['AUTH_FAILED', false],
  [-118]: ['SESSION_MOVED', true],
  [-119]: ['NOT_READ_ONLY', true],
  [-120]: ['EPHEMERAL_ON_LOCAL_SESSION', true],
  [-121]: ['NO_WATCHER', false],
  [-122]: ['REQUEST_TIMEOUT', true],
  [-123]: ['RECONFIG_DISABLED', false],
  [-124]: ['SESSION_CLOSED_REQUIRE_SASL_AUTH', false],
  [-125]: ['QUOTA_EXCEEDED', true],
  [-127]: ['THROTTLED_OP', true],
};

/** What was asked, for the error's message. `index` is the operation of a transaction that failed. */
export interface Asked {
  readonly what: string;
  readonly path: string;
  readonly index?: number;
}

/** The typed error for a ZooKeeper code. */
export function fromCode(code: number, asked: Asked, cause?: unknown): SuccessionError {
  const options = { cause };
  const [name, retriable] = CODES[code] ?? [`CODE_${code}`, false];
  if (name === 'CONNECTION_LOSS' || name === 'SESSION_MOVED')
    return new ConnectionLostError(`${asked.what} ${asked.path}`, options);
  if (name === 'SESSION_EXPIRED') return new SessionExpiredError(options);
  if (name === 'AUTH_FAILED') return new AuthenticationError(options);
  if (name === 'NO_AUTH' || name === 'INVALID_ACL') return new AccessDeniedError(asked.path, asked.what, options);
  return new StoreError(name, asked.path, retriable, asked.index, options);
}

/** The same for what the library says: its own errors carry the code. */
export function fromAnswer(error: unknown, asked: Asked): unknown {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' ? fromCode(code, asked, error) : error;
}

/** True for the answer "it is not of that version". */
export const isBadVersion = (error: unknown): boolean =>
  error instanceof StoreError && error.storeCode === 'BAD_VERSION';

/** True for an answer to a check: what it named is gone, or has changed. */
export const isRefuted = (error: unknown): boolean => isNoNode(error) || isBadVersion(error);

/** True for the answer "there is no such znode". */
export const isNoNode = (error: unknown): boolean => error instanceof StoreError && error.storeCode === 'NO_NODE';

/** True for the answer "it exists already". */
export const isNodeExists = (error: unknown): boolean =>
  error instanceof StoreError && error.storeCode === 'NODE_EXISTS';

/** One side does not like the other's certificate. */
export function isCertificateError({ code = '' }: NodeJS.ErrnoException): boolean {
  return /CERT|_CA$|VERIFY|HANDSHAKE_FAILURE/.test(code);
}
