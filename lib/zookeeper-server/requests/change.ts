/** delete, setData, setACL, check: changes of a znode that is there, and the look at its version. @pure */
import { authorize, Perm, resolveAcl } from '../acl.js';
import { Code, refuse } from '../errors.js';
import { checkPath, isSpecial, nameIn, parentOf } from '../paths.js';
import { type checkRequest, deleteRequest, setAclRequest, setDataRequest } from '../records.js';
import { childCount, writeStat } from '../stat.js';
import type { Connection, State, Znode } from '../state.js';
import { alter, remove as removeNode, type Transaction } from '../transaction.js';
import { type Handler, write } from './call.js';

/** Answers with nothing. */
export const remove: Handler = (call) => {
  write(call, (change) => applyDelete(change, call.connection, deleteRequest(call.request)));
};

export function applyDelete(
  change: Transaction,
  connection: Connection,
  { path, version }: ReturnType<typeof deleteRequest>,
): void {
  const parentPath = parentOf(path);
  if (isSpecial(path)) refuse(Code.badArguments);
  const parent = existing(change.state, parentPath);
  authorize(change.state, connection, parentPath, parent, Perm.delete);
  const node = existing(change.state, path);
  nextVersion(node.version, version);
  if (childCount(node) > 0) refuse(Code.notEmpty);
  removeNode(change, path, nameIn(path), [parentPath, parent], node);
}

/** SetDataResponse => stat */
export const setData: Handler = (call) => {
  const node = write(call, (change) => applySetData(change, call.connection, setDataRequest(call.request)));
  writeStat(call.reply, node);
};

export function applySetData(
  change: Transaction,
  connection: Connection,
  wanted: ReturnType<typeof setDataRequest>,
): Znode {
  const path = checkPath(wanted.path);
  const node = existing(change.state, path);
  authorize(change.state, connection, path, node, Perm.write);
  const version = nextVersion(node.version, wanted.version);
  alter(change, path, node, { data: wanted.data, version, mzxid: change.zxid, mtime: change.time });
  return node;
}

/** SetACLResponse => stat */
export const setAcl: Handler = (call) => {
  const node = write(call, (change) => {
    const wanted = setAclRequest(call.request);
    const path = checkPath(wanted.path);
    const acl = resolveAcl(wanted.acl, call.connection.auth);
    const there = existing(change.state, path);
    authorize(change.state, call.connection, path, there, Perm.admin);
    alter(change, path, there, { acl, aversion: nextVersion(there.aversion, wanted.version) });
    return there;
  });
  writeStat(call.reply, node);
};

export function applyCheck(
  { state }: Transaction,
  connection: Connection,
  wanted: ReturnType<typeof checkRequest>,
): void {
  const path = checkPath(wanted.path);
  const node = existing(state, path);
  authorize(state, connection, path, node, Perm.read);
  nextVersion(node.version, wanted.version);
}

const existing = ({ nodes }: State, path: string): Znode => nodes.get(path) ?? refuse(Code.noNode);

/** -1 matches every version. */
function nextVersion(current: number, expected: number): number {
  if (expected !== -1 && expected !== current) refuse(Code.badVersion);
  return (current + 1) | 0;
}
