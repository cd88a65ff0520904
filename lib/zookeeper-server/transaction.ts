/**
 * Changes that happen together or not at all: one for a plain write, several for a multi. Each takes effect at once, so
 * that the next one sees it, and leaves behind how to undo it; who watches is told at the end, in the order of the
 * changes. @pure
 */
import type { State, Znode } from './state.js';
import { created, dataChanged, deleted, type Notice } from './watches.js';

export interface Transaction {
  readonly state: State;
  readonly zxid: bigint;
  /** Wall time, in ms. */
  readonly time: number;
  readonly undo: (() => void)[];
  /** Fires watches; run when all went well. */
  readonly events: (() => Notice[])[];
  /** Whose sequence counters have run over the end. */
  readonly wrapped: Znode[];
}

/** Takes the next zxid, which is spent even if the change is refused, as the server spends it. */
export function begin(state: State): Transaction {
  state.zxid += 1n;
  const time = state.rules.epochMs + Math.floor(state.now);
  return { state, zxid: state.zxid, time, undo: [], events: [], wrapped: [] };
}

export function rollback({ undo }: Transaction): void {
  for (const back of undo.reverse()) back();
}

/**
 * A sequence counter is an int that wraps while a transaction prepares its names, and is stored only when larger. So the
 * last number, 2147483647, is given out for ever, and a create that needs it finds it taken (DataTree.createNode).
 */
export function commit({ wrapped, events }: Transaction): Notice[] {
  for (const node of wrapped) node.creations = 2 ** 31 - 1;
  return events.flatMap((fire) => fire());
}

/** Adds a znode below its parent, both of which the caller has checked. */
export function insert(change: Transaction, path: string, name: string, parent: [string, Znode], node: Znode): void {
  const { state, undo, events } = change;
  const [parentPath, above] = parent;
  const { creations, pzxid } = above;
  above.creations = (creations + 1) | 0;
  if (above.creations < creations) change.wrapped.push(above);
  if (!change.wrapped.includes(above)) above.pzxid = change.zxid;
  undo.push(() => Object.assign(above, { creations, pzxid }));
  link(state, path, name, above, node);
  undo.push(() => unlink(state, path, name, above, node));
  events.push(() => created(state, path, parentPath));
}

/** Takes a znode away from its parent. */
export function remove(change: Transaction, path: string, name: string, parent: [string, Znode], node: Znode): void {
  const { state, undo, events, zxid } = change;
  const [parentPath, above] = parent;
  const { pzxid } = above;
  above.pzxid = zxid;
  unlink(state, path, name, above, node);
  undo.push(() => {
    above.pzxid = pzxid;
    link(state, path, name, above, node);
  });
  events.push(() => deleted(state, path, parentPath));
}

/** Changes fields of a znode. */
export function alter(change: Transaction, path: string, node: Znode, fields: Partial<Znode>): void {
  const before = { ...node };
  Object.assign(node, fields);
  change.undo.push(() => Object.assign(node, before));
  if ('data' in fields) change.events.push(() => dataChanged(change.state, path));
}

function link(state: State, path: string, name: string, above: Znode, node: Znode): void {
  state.nodes.set(path, node);
  above.children = (above.children ?? new Set()).add(name);
  if (isReapable(node)) state.reapable.add(path);
  else if (node.owner !== 0n) ephemeralsOf(state, node.owner).add(path);
}

function unlink(state: State, path: string, name: string, above: Znode, node: Znode): void {
  state.nodes.delete(path);
  above.children?.delete(name);
  if (isReapable(node)) state.reapable.delete(path);
  else if (node.owner !== 0n) disown(state, node.owner, path);
}

function ephemeralsOf({ ephemerals }: State, session: bigint): Set<string> {
  const there = ephemerals.get(session) ?? new Set();
  ephemerals.set(session, there);
  return there;
}

function disown({ ephemerals }: State, session: bigint, path: string): void {
  const paths = ephemerals.get(session);
  paths?.delete(path);
  if (paths?.size === 0) ephemerals.delete(session);
}

/** What the owner of a container is: no session has that id (EphemeralType). */
export const CONTAINER_OWNER = -(1n << 63n);
const TTL_MASK = 0xffn << 56n;
/** The longest time to live, in ms: 40 bits. */
export const MAX_TTL_MS = 0xff_ffff_ffff;

/** A TTL node's time to live is its owner's lower 40 bits. */
export const ttlOwner = (ttlMs: bigint): bigint => BigInt.asIntN(64, TTL_MASK | ttlMs);

export const isContainer = ({ owner }: Pick<Znode, 'owner'>): boolean => owner === CONTAINER_OWNER;

/** The time to live, in ms; undefined for any other znode. */
export function ttlOf({ owner }: Pick<Znode, 'owner'>): number | undefined {
  return (BigInt.asUintN(64, owner) & TTL_MASK) === TTL_MASK ? Number(owner & BigInt(MAX_TTL_MS)) : undefined;
}

const isReapable = (node: Pick<Znode, 'owner'>): boolean => isContainer(node) || ttlOf(node) !== undefined;

/** Lives as long as its session, and has no children. */
export const isEphemeral = (node: Pick<Znode, 'owner'>): boolean => node.owner !== 0n && !isReapable(node);
