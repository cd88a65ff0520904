/**
 * The bodies of requests, one entry a record, each with its grammar (zookeeper.jute). Replies are written where they are
 * made; `requests/` has their grammar. @pure
 *
 *   path scheme id prefix => string               data password auth => buffer
 *   protocolVersion timeOut xid type perms flags version mode error => int        acl => [perms scheme id]
 *   lastZxidSeen relativeZxid sessionId ttl => long                               watch done readOnly => boolean
 */
import { Code, refuse } from './errors.js';
import type { JuteReader } from './jute.js';
import { OpCode } from './opcodes.js';
import type { Acl } from './state.js';
import type { Rewatch } from './watches.js';

/** ConnectRequest => protocolVersion lastZxidSeen timeOut sessionId password [readOnly], which old clients leave out */
export function connectRequest(from: JuteReader) {
  const protocolVersion = from.int();
  const lastZxidSeen = from.long();
  const timeoutMs = from.int();
  const sessionId = from.long();
  const password = from.buffer();
  const readOnly = from.done ? undefined : from.bool();
  return { protocolVersion, lastZxidSeen, timeoutMs, sessionId, password, readOnly };
}

/** RequestHeader => xid type */
export const requestHeader = (from: JuteReader) => ({ xid: from.int(), type: from.int() });

function acl(from: JuteReader): Acl[] | null {
  return from.vector(() => ({ perms: from.int(), scheme: from.text(), id: from.text() }));
}

/** CreateRequest => path data acl flags */
export const createRequest = (from: JuteReader) => ({
  path: from.text(),
  data: from.buffer(),
  acl: acl(from),
  flags: from.int(),
  ttl: -1n,
});

/** CreateTTLRequest => path data acl flags ttl */
export const createTtlRequest = (from: JuteReader) => ({ ...createRequest(from), ttl: from.long() });

export type CreateRequest = ReturnType<typeof createRequest>;

/** DeleteRequest => path version */
export const deleteRequest = (from: JuteReader) => ({ path: from.text(), version: from.int() });

/** CheckVersionRequest => path version */
export const checkRequest = (from: JuteReader) => ({ path: from.string(), version: from.int() });

/** SetDataRequest => path data version */
export const setDataRequest = (from: JuteReader) => ({
  path: from.string(),
  data: from.buffer(),
  version: from.int(),
});

/** SetACLRequest => path acl version */
export const setAclRequest = (from: JuteReader) => ({ path: from.string(), acl: acl(from), version: from.int() });

/** ExistsRequest, GetDataRequest, GetChildrenRequest, GetChildren2Request => path watch */
export const readRequest = (from: JuteReader) => ({ path: from.text(), watch: from.bool() });

/** SyncRequest, GetACLRequest, GetAllChildrenNumberRequest => path */
export const pathRequest = (from: JuteReader) => ({ path: from.text() });

/** GetEphemeralsRequest => prefix */
export const prefixRequest = (from: JuteReader) => ({ prefix: from.string() ?? '' });

/** CheckWatchesRequest, RemoveWatchesRequest => path type: children 1, data 2, any 3 */
export const watchRequest = (from: JuteReader) => ({ path: from.text(), type: from.int() });

/** AddWatchRequest => path mode: persistent 0, recursive 1 */
export const addWatchRequest = (from: JuteReader) => ({ path: from.text(), mode: from.int() });

const paths = (from: JuteReader): string[] => from.vector(() => from.text()) ?? [];

/** SetWatches => relativeZxid [data] [exists] [children] */
export const setWatches = (from: JuteReader): Rewatch => ({
  relativeZxid: from.long(),
  data: paths(from),
  exists: paths(from),
  children: paths(from),
  persistent: [],
  recursive: [],
});

/** SetWatches2 => relativeZxid [data] [exists] [children] [persistent] [recursive] */
export const setWatches2 = (from: JuteReader): Rewatch => ({
  ...setWatches(from),
  persistent: paths(from),
  recursive: paths(from),
});

/** AuthPacket => type scheme auth */
export const authPacket = (from: JuteReader) => ({ type: from.int(), scheme: from.string(), auth: from.buffer() });

/** One operation of a multi. */
export type Operation = {
  [Type in keyof typeof operations]: { readonly type: Type } & ReturnType<(typeof operations)[Type]>;
}[keyof typeof operations];

const operations = {
  [OpCode.create]: createRequest,
  [OpCode.create2]: createRequest,
  [OpCode.createContainer]: createRequest,
  [OpCode.createTtl]: createTtlRequest,
  [OpCode.delete]: deleteRequest,
  [OpCode.setData]: setDataRequest,
  [OpCode.check]: checkRequest,
  [OpCode.getData]: readRequest,
  [OpCode.getChildren]: readRequest,
};

/** MultiOperationRecord => (MultiHeader request)* MultiHeader, whose done is true; MultiHeader => type done error */
export function multiRequest(from: JuteReader): Operation[] {
  const all: Operation[] = [];
  for (;;) {
    const [type, done] = [from.int(), from.bool()];
    from.int();
    if (done) return all;
    const record = operations[type as keyof typeof operations] ?? refuse(Code.marshallingError);
    all.push({ type, ...record(from) } as Operation);
  }
}
