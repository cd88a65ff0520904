/** create, create2, createContainer, createTTL. @pure */
import { authorize, Perm, resolveAcl } from '../acl.js';
import { Code, refuse } from '../errors.js';
import { OpCode } from '../opcodes.js';
import { checkPath, nameIn, parentOf } from '../paths.js';
import { type CreateRequest, createRequest, createTtlRequest } from '../records.js';
import { writeStat } from '../stat.js';
import { type Connection, createNode, type Rules, type Znode } from '../state.js';
import { CONTAINER_OWNER, insert, isEphemeral, MAX_TTL_MS, type Transaction, ttlOwner } from '../transaction.js';
import { type Call, type Handler, write } from './call.js';

export type CreateOp =
  | typeof OpCode.create
  | typeof OpCode.create2
  | typeof OpCode.createContainer
  | typeof OpCode.createTtl;

/** The flags of a create (CreateMode). */
const modes = [
  { ephemeral: false, sequential: false, ttl: false },
  { ephemeral: true, sequential: false, ttl: false },
  { ephemeral: false, sequential: true, ttl: false },
  { ephemeral: true, sequential: true, ttl: false },
  { ephemeral: false, sequential: false, ttl: false },
  { ephemeral: false, sequential: false, ttl: true },
  { ephemeral: false, sequential: true, ttl: true },
] as const;
type Mode = (typeof modes)[number];

/** CreateResponse => path */
export const create: Handler = (call) => {
  const [path] = createOne(call, OpCode.create);
  call.reply.string(path);
};

/** Create2Response => path stat; also that of createContainer and createTTL. */
const createWithStat =
  (op: CreateOp): Handler =>
  (call) => {
    const [path, node] = createOne(call, op);
    call.reply.string(path);
    writeStat(call.reply, node);
  };

export const create2 = createWithStat(OpCode.create2);
export const createContainer = createWithStat(OpCode.createContainer);
export const createTtl = createWithStat(OpCode.createTtl);

function createOne(call: Call, op: CreateOp): [string, Znode] {
  return write(call, (change) => {
    const wanted = op === OpCode.createTtl ? createTtlRequest(call.request) : createRequest(call.request);
    return applyCreate(change, call.connection, op, wanted);
  });
}

/** Refuses in the order in which the server looks: mode, path, ACL, parent, permission, name, parent's kind. */
export function applyCreate(
  change: Transaction,
  connection: Connection,
  op: CreateOp,
  wanted: CreateRequest,
): [string, Znode] {
  const mode = modeOf(wanted, change.state.rules);
  const parentPath = parentOf(wanted.path);
  const acl = resolveAcl(wanted.acl, connection.auth);
  const parent = change.state.nodes.get(parentPath) ?? refuse(Code.noNode);
  authorize(change.state, connection, parentPath, parent, Perm.create);
  const path = checkPath(mode.sequential ? wanted.path + sequenceOf(parent) : wanted.path);
  if (change.state.nodes.has(path)) refuse(Code.nodeExists);
  if (isEphemeral(parent)) refuse(Code.noChildrenForEphemerals);
  const node = createNode(wanted.data, acl, change.zxid, change.time, ownerOf(op, mode, wanted.ttl, connection));
  insert(change, path, nameIn(path), [parentPath, parent], node);
  return [path, node];
}

function modeOf({ flags, ttl }: CreateRequest, { extendedTypes }: Rules): Mode {
  const mode = modes[flags] ?? refuse(Code.badArguments);
  if (mode.ttl && !extendedTypes) refuse(Code.unimplemented);
  const fine = mode.ttl ? ttl > 0n && ttl <= BigInt(MAX_TTL_MS) : ttl < 0n;
  return fine ? mode : refuse(Code.badArguments);
}

/** `%010d`: what is negative takes one of the ten places for its sign. */
function sequenceOf({ creations }: Znode): string {
  return creations < 0 ? `-${String(-creations).padStart(9, '0')}` : String(creations).padStart(10, '0');
}

/** A container is made by its own request only: `create` with a container's flag makes an ordinary znode. */
function ownerOf(op: CreateOp, mode: Mode, ttl: bigint, { session }: Connection): bigint {
  if (op === OpCode.createContainer) return CONTAINER_OWNER;
  if (mode.ttl) return ttlOwner(ttl);
  return mode.ephemeral ? session : 0n;
}
