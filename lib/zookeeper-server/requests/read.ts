/** exists, getData, getACL, getChildren and its kin, getEphemerals, sync: what changes nothing but watches. @pure */
import { authorize, masked, Perm } from '../acl.js';
import { Code, Refusal, refuse } from '../errors.js';
import { pathRequest, prefixRequest, readRequest } from '../records.js';
import { writeStat } from '../stat.js';
import type { Znode } from '../state.js';
import { addWatch, Mode } from '../watches.js';
import type { Call, Handler } from './call.js';

/** ExistsResponse => stat. A watch on a path where nothing is waits for its creation. */
export const exists: Handler = (call) => {
  const { path, watch } = readRequest(call.request);
  if (path.includes('\0')) refuse(Code.badArguments);
  if (watch) addWatch(call.state.dataWatches, path, call.connection.id, Mode.once);
  const node = call.state.nodes.get(path) ?? refuse(Code.noNode);
  writeStat(call.reply, node);
};

/** GetDataResponse => data stat */
export const getData: Handler = (call) => writeData(call, readRequest(call.request));

export function writeData(call: Call, { path, watch }: ReturnType<typeof readRequest>): void {
  const node = readable(call, path);
  if (watch) addWatch(call.state.dataWatches, path, call.connection.id, Mode.once);
  call.reply.buffer(node.data);
  writeStat(call.reply, node);
}

/** GetChildrenResponse => [name] */
export const getChildren: Handler = (call) => void writeChildren(call, readRequest(call.request));

/** GetChildren2Response => [name] stat */
export const getChildren2: Handler = (call) => writeStat(call.reply, writeChildren(call, readRequest(call.request)));

export function writeChildren(call: Call, { path, watch }: ReturnType<typeof readRequest>): Znode {
  const node = readable(call, path);
  if (watch) addWatch(call.state.childWatches, path, call.connection.id, Mode.once);
  call.reply.vector([...(node.children ?? [])], (name) => call.reply.string(name));
  return node;
}

/** GetAllChildrenNumberResponse => count => int, of everything below */
export const getAllChildrenNumber: Handler = (call) => {
  const { path } = pathRequest(call.request);
  readable(call, path);
  const below = path === '/' ? '/' : `${path}/`;
  let count = 0;
  for (const other of call.state.nodes.keys()) if (other.startsWith(below) && other !== '/') count++;
  call.reply.int(count);
};

/** GetEphemeralsResponse => [path], those of this session that begin with the prefix */
export const getEphemerals: Handler = ({ state, connection, request, reply }) => {
  const { prefix } = prefixRequest(request);
  const all = [...(state.ephemerals.get(connection.session) ?? [])];
  const every = ['', '/'].includes(prefix.trim());
  const wanted = every ? all : all.filter((path) => path.startsWith(prefix));
  reply.vector(wanted, (path) => reply.string(path));
};

/** GetACLResponse => [perms scheme id] stat. Who may not administer sees no hashes. */
export const getAcl: Handler = (call) => {
  const { path } = pathRequest(call.request);
  const node = call.state.nodes.get(path) ?? refuse(Code.noNode);
  authorize(call.state, call.connection, path, node, Perm.read | Perm.admin);
  const acl = mayAdminister(call, path, node) ? node.acl : node.acl.map(masked);
  call.reply.vector(acl, ({ perms, scheme, id }) => call.reply.int(perms).string(scheme).string(id));
  writeStat(call.reply, node);
};

/** SyncResponse => path. One server has nothing to wait for. */
export const sync: Handler = ({ request, reply }) => void reply.string(request.string());

function readable({ state, connection }: Call, path: string): Znode {
  const node = state.nodes.get(path) ?? refuse(Code.noNode);
  authorize(state, connection, path, node, Perm.read);
  return node;
}

function mayAdminister({ state, connection }: Call, path: string, node: Znode): boolean {
  try {
    authorize(state, connection, path, node, Perm.admin);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
