/**
 * Everything a server knows, as plain data: no socket, timer, clock or chance. `step` changes it in place, because a
 * tree that is copied for every request is no tree to test against; whoever wants to keep it takes a `copyOf` it.
 * The same state and the same inputs give the same outputs. @pure
 */
import type { WatchTable } from './watches.js';

/** What the operator decides. */
export interface Rules {
  /** Sessions end on multiples of it, in ms. */
  readonly tickMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** Wall time at the instant 0, in ms since 1970: what ctime and mtime count from. */
  readonly epochMs: number;
  /** Session ids and passwords follow from it. */
  readonly seed: bigint;
  /** TTL nodes are allowed, as by zookeeper.extendedTypesEnabled. */
  readonly extendedTypes: boolean;
  /** How often empty containers and outlived TTL nodes are looked for, in ms. */
  readonly reapEveryMs: number;
}

export interface Id {
  readonly scheme: string;
  readonly id: string;
}

export interface Acl extends Id {
  /** 1 read, 2 write, 4 create, 8 delete, 16 admin. */
  readonly perms: number;
}

export interface Znode {
  data: Uint8Array | null;
  acl: readonly Acl[];
  readonly czxid: bigint;
  mzxid: bigint;
  pzxid: bigint;
  readonly ctime: number;
  mtime: number;
  version: number;
  aversion: number;
  /** Children created so far: the sequence counter. The `cversion` that clients see counts deletions too. */
  creations: number;
  /** The session of an ephemeral; containers and TTL nodes hide in its top bits. */
  readonly owner: bigint;
  /** Their names; most znodes never have any. */
  children: Set<string> | undefined;
}

export interface Session {
  readonly id: bigint;
  timeoutMs: number;
  /** Over when a tick comes at this instant or later. */
  expiresAt: number;
  /** Its one connection. */
  connection: number | undefined;
}

export interface Connection {
  readonly id: number;
  readonly session: bigint;
  readonly timeoutMs: number;
  readonly address: string;
  /** Who this is: its address, and whatever it has authenticated as. */
  readonly auth: Id[];
  /** Requests so far. */
  received: number;
}

export interface State {
  readonly rules: Rules;
  /** ms since the instant 0, by the inputs. */
  now: number;
  zxid: bigint;
  readonly nodes: Map<string, Znode>;
  readonly ephemerals: Map<bigint, Set<string>>;
  /** Paths of containers and TTL nodes. */
  readonly reapable: Set<string>;
  readonly sessions: Map<bigint, Session>;
  readonly connections: Map<number, Connection>;
  readonly dataWatches: WatchTable;
  readonly childWatches: WatchTable;
  /** Paths on which every permission is refused. */
  readonly denied: Set<string>;
  lastSession: bigint;
  nextReapAt: number;
}

/** What a server of its own that was just started knows. */
export function createState(rules: Rules): State {
  return {
    rules,
    now: 0,
    zxid: 0n,
    nodes: firstNodes(),
    ephemerals: new Map(),
    reapable: new Set(),
    sessions: new Map(),
    connections: new Map(),
    dataWatches: { byPath: new Map(), byConnection: new Map(), recursive: 0 },
    childWatches: { byPath: new Map(), byConnection: new Map(), recursive: 0 },
    denied: new Set(),
    lastSession: firstSession(rules.seed),
    nextReapAt: rules.reapEveryMs,
  };
}

/** As if it had never known anything; but no session id is given twice, and what is denied stays so. */
export function forgetAll(state: State): void {
  const { now, lastSession, denied } = state;
  Object.assign(state, createState(state.rules), { now, lastSession, denied });
}

/** A second state that shares nothing with the first. */
export const copyOf = (state: State): State => structuredClone(state);

/** The server's id is the top byte, as in a standalone one it is 1; chance below it, a counter at the end. */
const firstSession = (seed: bigint): bigint => (1n << 56n) | ((seed & 0xff_ffff_ffffn) << 16n);

const anybody = (perms: number): readonly Acl[] => [{ perms, scheme: 'world', id: 'anyone' }];

/** The root goes by two names: the parent of `/a` is the empty string. */
function firstNodes(): Map<string, Znode> {
  const root = firstNode(['zookeeper'], 31);
  return new Map([
    ['/', root],
    ['', root],
    ['/zookeeper', firstNode(['config', 'quota'], 31)],
    ['/zookeeper/quota', firstNode([], 31)],
    ['/zookeeper/config', Object.assign(firstNode([], 1), { aversion: -1 })],
  ]);
}

function firstNode(children: readonly string[], perms: number): Znode {
  const node = createNode(new Uint8Array(0), anybody(perms), 0n, 0, 0n);
  node.children = new Set(children);
  return node;
}

export function createNode(
  data: Uint8Array | null,
  acl: readonly Acl[],
  zxid: bigint,
  time: number,
  owner: bigint,
): Znode {
  return {
    data,
    acl,
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctime: time,
    mtime: time,
    version: 0,
    aversion: 0,
    creations: 0,
    owner,
    children: undefined,
  };
}
