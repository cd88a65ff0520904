/** What Redis and its client libraries say, as our errors, retriable or not: one table. */
import {
  AccessDeniedError,
  AuthenticationError,
  ConnectionLostError,
  StoreError,
  type SuccessionError,
} from '../errors.js';

type Kind = 'credentials' | 'permission' | 'later' | 'never' | 'in a cluster';

/** The first word of Redis' answer → what it means for a retry. A word that is not here is not retried: it is a bug. */
const KINDS: Readonly<Record<string, Kind>> = {
  NOAUTH: 'credentials',
  WRONGPASS: 'credentials',
  NOPERM: 'permission',
  /** Full, and not allowed to evict: leadership ends with the lease, and comes back when there is room. */
  OOM: 'later',
  /** A replica: it was a master before, or the client has not heard of the failover yet. */
  READONLY: 'later',
  LOADING: 'later',
  BUSY: 'later',
  MASTERDOWN: 'later',
  /** It cannot write its own file, or has too few replicas: it takes no writes for now. */
  MISCONF: 'later',
  NOREPLICAS: 'later',
  UNBLOCKED: 'later',
  CLUSTERDOWN: 'later',
  TRYAGAIN: 'later',
  NOSCRIPT: 'later',
  EXECABORT: 'later',
  /** A cluster client follows these; a client of a single server never reaches the right one. */
  MOVED: 'in a cluster',
  ASK: 'in a cluster',
  CROSSSLOT: 'never',
  WRONGTYPE: 'never',
  ERR: 'never',
};

/** What was asked, for the error's message. */
export interface Asked {
  readonly what: string;
  readonly path: string;
  readonly cluster: boolean;
}

/**
 * The typed error for whatever a client library threw. Without an answer from Redis the outcome is unknown, unless the
 * two do not even like each other's certificates.
 */
export function fromReply(error: unknown, { what, path, cluster }: Asked): SuccessionError {
  const options = { cause: error };
  const code = codeOf(error);
  if (code === undefined && isCertificateError(error)) return new AuthenticationError(options);
  if (code === undefined) return new ConnectionLostError(`${what} of ${path}`, options);
  const kind = KINDS[code] ?? 'never';
  if (kind === 'credentials') return new AuthenticationError(options);
  if (kind === 'permission') return new AccessDeniedError(path, what, options);
  return new StoreError(code, path, kind === 'later' || (kind === 'in a cluster' && cluster), undefined, options);
}

/**
 * The first word of an answer of Redis; `undefined` if the library itself speaks (no connection, closed). Before Redis 7
 * an error inside a script is told behind `ERR Error running script`; what the ACL forbids a script, behind `ERR` still.
 */
export function codeOf(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : String(error);
  if (/ACL failure in script|user executing the script can't/.test(message)) return 'NOPERM';
  const inner = /^ERR Error running script.*?: -?([A-Z]{2,}) /s.exec(message);
  return inner?.[1] ?? /^([A-Z]{2,})(?= |$)/.exec(message)?.[1];
}

/** True for the answer that a script must be sent in full. */
export const isNoScript = (error: unknown): boolean => codeOf(error) === 'NOSCRIPT';

/** One side does not like the other's certificate. */
function isCertificateError(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /CERT|_CA$|VERIFY|HANDSHAKE_FAILURE/.test(code);
}
