import { type Connection, createState, type State } from '../zookeeper-server/state.js';
import type { Link } from './link.js';

export interface EnsembleOptions {
  readonly servers: number;
  readonly tickMs: number;
  readonly seed: number;
  /** How long the next message takes, between servers or between a client and a server, in ms. */
  delay(): number;
  /** How long another server takes until it applies what it has heard of, in ms. */
  behind(): number;
  /** True when a server fails to tell the first one in time whom it has heard from. */
  forgets(): boolean;
}

/** One server of a simulated ensemble: its copy of the tree, and who is connected to it. */
export interface Server {
  readonly index: number;
  readonly state: State;
  readonly links: Map<number, Link>;
  /** Whom it has heard from since it last told the first server. */
  readonly touched: Set<bigint>;
  /** What waits for it to be reached by the others again: what it wants to say (unless it can), and what it has to apply. */
  cut: { readonly out: (() => void)[] | undefined; readonly in: (() => void)[] } | undefined;
  /** Connections that go on with their session although it has not caught up with that. */
  readonly ahead: Set<number>;
  isUp: boolean;
  /** FIFO: nothing overtakes what was sent before. */
  outAt: number;
  inAt: number;
}

export function newServer(index: number, { tickMs, seed }: { readonly tickMs: number; readonly seed: number }): Server {
  const rules = {
    ...{ tickMs, minSessionTimeoutMs: 0, maxSessionTimeoutMs: 1e9, epochMs: 1e12, seed: BigInt(seed) },
    ...{ extendedTypes: false, reapEveryMs: Number.POSITIVE_INFINITY },
  };
  const state = createState(rules);
  const books = { links: new Map(), touched: new Set<bigint>(), ahead: new Set<number>() };
  return { index, state, ...books, cut: undefined, isUp: true, outAt: 0, inAt: 0 };
}

/**
 * A session goes on at this server by the word of the first one, as a follower of ZooKeeper has it: what was committed
 * before may still be unknown here. `false`: then it has to catch up first.
 */
export function goesOn(server: Server, link: Link, connection: Connection): boolean {
  const { state, ahead } = server;
  const hello = link.asked[0];
  if (link.session !== undefined || !hello || !state.sessions.has(connection.session)) return false;
  if (new DataView(hello.buffer, hello.byteOffset).getBigInt64(4) > state.zxid) return false;
  state.connections.set(link.id, { ...connection, auth: [...connection.auth] });
  link.session = connection.session;
  ahead.add(link.id);
  return true;
}

export function opcodeOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getInt32(4);
}
