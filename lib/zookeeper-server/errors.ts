/** What a request is refused with (KeeperException.Code). @pure */
export const Code = {
  ok: 0,
  runtimeInconsistency: -2,
  marshallingError: -5,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  noWatcher: -121,
  reconfigDisabled: -123,
} as const;

export type Code = (typeof Code)[keyof typeof Code];

/** Ends a request with one of the codes; the connection goes on. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly code: Code) {
    super(`refused with ${code}`);
  }
}

export function refuse(code: Code): never {
  throw new Refusal(code);
}

/** The code that a request which threw is answered with; undefined for a bug of ours. */
export function codeOf(error: unknown): Code | undefined {
  return error instanceof Refusal ? error.code : undefined;
}
