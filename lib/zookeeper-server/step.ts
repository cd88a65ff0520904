/**
 * The server as a machine: what comes in, what goes out. Everything it needs is in its input, the time too, so a log of
 * inputs replays to the byte. It changes the state in place (see `state.ts`).
 *
 * The order of the outputs is ZooKeeper's promise: who made a change, or watches it, hears of it before any reply shows
 * it. @pure
 */

import { endSession } from './ending.js';
import { handshake } from './handshake.js';
import type { Output } from './outputs.js';
import { notified } from './outputs.js';
import { reap } from './reap.js';
import { answer } from './request.js';
import { outlived, renewAll } from './sessions.js';
import { forgetAll, type State } from './state.js';
import { dropWatches, type Rewatch, rewatch } from './watches.js';

export type { Output } from './outputs.js';

/** What happens to a server, and when: ms since the instant 0, never going back. */
export type Input = { readonly at: number } & (
  | { readonly kind: 'connect'; readonly connection: number; readonly address: string; readonly hello: Uint8Array }
  | { readonly kind: 'request'; readonly connection: number; readonly frame: Uint8Array }
  | { readonly kind: 'disconnect'; readonly connection: number }
  | { readonly kind: 'tick' }
  | { readonly kind: 'expire'; readonly session: bigint }
  | { readonly kind: 'jump'; readonly path: string; readonly next: number }
  | { readonly kind: 'deny'; readonly path: string; readonly denied: boolean }
  | { readonly kind: 'blind'; readonly connection: number }
  | { readonly kind: 'rewatch'; readonly connection: number; readonly watched: Rewatch }
  | { readonly kind: 'restart'; readonly data?: 'kept' | 'lost' }
);

export function step(state: State, input: Input): Output[] {
  state.now = Math.max(state.now, input.at);
  switch (input.kind) {
    case 'connect':
      return handshake(state, input.connection, input.address, input.hello);
    case 'request':
      return answer(state, input.connection, input.frame);
    case 'disconnect':
      return disconnected(state, input.connection);
    case 'tick':
      return [...outlived(state).flatMap(({ id }) => endSession(state, id)), ...reap(state)];
    case 'expire':
      return endSession(state, input.session);
    default:
      return interfered(state, input);
  }
}

type Interference = Extract<Input, { kind: 'jump' | 'deny' | 'blind' | 'rewatch' | 'restart' }>;

/** What no client can do: faults. */
function interfered(state: State, input: Interference): Output[] {
  switch (input.kind) {
    case 'jump':
      return jumped(state, input.path, input.next);
    case 'deny':
      if (input.denied) state.denied.add(input.path);
      else state.denied.delete(input.path);
      return [];
    case 'blind':
      dropWatches(state, input.connection);
      return [];
    case 'rewatch':
      return state.connections.has(input.connection) ? notified(rewatch(state, input.connection, input.watched)) : [];
    case 'restart':
      return restarted(state, input.data);
  }
}

/** The session stays; whatever the connection watched is forgotten. */
function disconnected(state: State, connection: number): Output[] {
  const gone = state.connections.get(connection);
  dropWatches(state, connection);
  state.connections.delete(connection);
  const session = gone && state.sessions.get(gone.session);
  if (session) session.connection = undefined;
  return [];
}

/** The next sequential child gets this number. */
function jumped({ nodes }: State, path: string, next: number): Output[] {
  const node = nodes.get(path);
  if (node) node.creations = next | 0;
  return [];
}

function restarted(state: State, data: 'kept' | 'lost' = 'kept'): Output[] {
  const open = [...state.connections.keys()];
  for (const connection of open) disconnected(state, connection);
  if (data === 'lost') forgetAll(state);
  renewAll(state);
  return open.map((connection) => ({ kind: 'close', connection }));
}
