/** The end of a session, by expiry or by its own wish: its ephemerals go in one change, then its connection. @pure */
import { notified, type Output } from './outputs.js';
import { nameIn, parentOf } from './paths.js';
import type { State, Znode } from './state.js';
import { begin, commit, remove } from './transaction.js';
import { dropWatches } from './watches.js';

export function endSession(state: State, id: bigint): Output[] {
  const session = state.sessions.get(id);
  if (!session) return [];
  const change = begin(state);
  for (const path of [...(state.ephemerals.get(id) ?? [])]) {
    const parentPath = parentOf(path);
    const parent = state.nodes.get(parentPath) as Znode;
    remove(change, path, nameIn(path), [parentPath, parent], state.nodes.get(path) as Znode);
  }
  const told = notified(commit(change));
  state.sessions.delete(id);
  return session.connection === undefined ? told : [...told, ...hungUp(state, session.connection)];
}

function hungUp(state: State, connection: number): Output[] {
  dropWatches(state, connection);
  state.connections.delete(connection);
  return [{ kind: 'close', connection }];
}
