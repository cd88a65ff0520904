/**
 * Who is told of what (WatchManager, 3.8). Two tables, of data (also of existence) and of children. A connection has at
 * most one watch on a path in each; a later one replaces its mode, which from 3.9 on it does not. They belong to the
 * connection: a client that comes back sets them again. @pure
 */
import { upwards } from './paths.js';
import type { State } from './state.js';

export const Mode = { persistent: 0, recursive: 1, once: 2 } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

export const EventType = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

export interface WatchTable {
  readonly byPath: Map<string, Map<number, Mode>>;
  readonly byConnection: Map<number, Set<string>>;
  /** How many there are of recursive ones: without any nobody looks upwards. */
  recursive: number;
}

/** An event on its way to one connection. */
export interface Notice {
  readonly connection: number;
  readonly type: EventType;
  readonly path: string;
}

export function addWatch(table: WatchTable, path: string, connection: number, mode: Mode): void {
  dropWatch(table, path, connection);
  entry(table.byPath, path, () => new Map<number, Mode>()).set(connection, mode);
  entry(table.byConnection, connection, () => new Set<string>()).add(path);
  if (mode === Mode.recursive) table.recursive++;
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const there = map.get(key);
  if (there) return there;
  const created = create();
  map.set(key, created);
  return created;
}

/** False if there was none. */
export function dropWatch(table: WatchTable, path: string, connection: number): boolean {
  const watchers = table.byPath.get(path);
  const mode = watchers?.get(connection);
  if (!watchers || mode === undefined) return false;
  watchers.delete(connection);
  if (watchers.size === 0) table.byPath.delete(path);
  const paths = table.byConnection.get(connection);
  paths?.delete(path);
  if (paths?.size === 0) table.byConnection.delete(connection);
  if (mode === Mode.recursive) table.recursive--;
  return true;
}

export const hasWatch = (table: WatchTable, path: string, connection: number): boolean =>
  table.byPath.get(path)?.has(connection) === true;

/** Forgets a connection. */
export function dropWatches({ dataWatches, childWatches }: State, connection: number): void {
  for (const table of [dataWatches, childWatches])
    for (const path of [...(table.byConnection.get(connection) ?? [])]) dropWatch(table, path, connection);
}

/** A znode came into being. */
export function created(state: State, path: string, parent: string): Notice[] {
  return [
    ...trigger(state.dataWatches, path, EventType.created),
    ...trigger(state.childWatches, parent || '/', EventType.childrenChanged),
  ];
}

/** A znode is gone. Who watches both its data and its children is told once. */
export function deleted(state: State, path: string, parent: string): Notice[] {
  const told = trigger(state.dataWatches, path, EventType.deleted);
  const already = new Set(told.map(({ connection }) => connection));
  const more = trigger(state.childWatches, path, EventType.deleted).filter((notice) => !already.has(notice.connection));
  return [...told, ...more, ...trigger(state.childWatches, parent || '/', EventType.childrenChanged)];
}

/** A znode's data was set. */
export const dataChanged = (state: State, path: string): Notice[] =>
  trigger(state.dataWatches, path, EventType.dataChanged);

/** Recursive watches hear of everything below them but of changed children; the others of their very path. */
function trigger(table: WatchTable, path: string, type: EventType): Notice[] {
  if (table.recursive === 0 && !table.byPath.has(path)) return [];
  const told = new Set(watchersOf(table, path, type));
  if (table.recursive > 0 && type !== EventType.childrenChanged)
    for (const above of upwards(path))
      for (const [connection, mode] of table.byPath.get(above) ?? []) if (mode === Mode.recursive) told.add(connection);
  return [...told].map((connection) => ({ connection, type, path }));
}

function watchersOf(table: WatchTable, path: string, type: EventType): number[] {
  const told: number[] = [];
  for (const [connection, mode] of table.byPath.get(path) ?? []) {
    if (mode === Mode.recursive && type === EventType.childrenChanged) continue;
    told.push(connection);
    if (mode === Mode.once) dropWatch(table, path, connection);
  }
  return told;
}

/** What a client that comes back watched, by kind, and the last change it has seen. */
export interface Rewatch {
  readonly relativeZxid: bigint;
  readonly data: readonly string[];
  readonly exists: readonly string[];
  readonly children: readonly string[];
  readonly persistent: readonly string[];
  readonly recursive: readonly string[];
}

/** Tells what it has missed, and watches where nothing was missed (DataTree.setWatches). */
export function rewatch(state: State, connection: number, wanted: Rewatch): Notice[] {
  const notices: Notice[] = [];
  const either = (table: WatchTable, path: string, missed: EventType | undefined): void => {
    if (missed === undefined) addWatch(table, path, connection, Mode.once);
    else notices.push({ connection, type: missed, path });
  };
  for (const path of wanted.data) either(state.dataWatches, path, missedData(state, path, wanted.relativeZxid));
  for (const path of wanted.exists)
    either(state.dataWatches, path, state.nodes.has(path) ? EventType.created : undefined);
  for (const path of wanted.children) either(state.childWatches, path, missedChild(state, path, wanted.relativeZxid));
  for (const path of wanted.persistent) addBoth(state, path, connection, Mode.persistent);
  for (const path of wanted.recursive) addBoth(state, path, connection, Mode.recursive);
  return notices;
}

/** Persistent watches are of data and of children. */
export function addBoth({ dataWatches, childWatches }: State, path: string, connection: number, mode: Mode): void {
  addWatch(dataWatches, path, connection, mode);
  addWatch(childWatches, path, connection, mode);
}

function missedData({ nodes }: State, path: string, seen: bigint): EventType | undefined {
  const node = nodes.get(path);
  if (!node) return EventType.deleted;
  return node.mzxid > seen ? EventType.dataChanged : undefined;
}

function missedChild({ nodes }: State, path: string, seen: bigint): EventType | undefined {
  const node = nodes.get(path);
  if (!node) return EventType.deleted;
  return node.pzxid > seen ? EventType.childrenChanged : undefined;
}
