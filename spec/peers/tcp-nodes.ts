/** Nodes on the real transport, each a network of its own in this process; after each test all is closed. */
import { afterEach } from 'vitest';
import { type Logger, silent } from '../../lib/options.js';
import type { Network } from '../../lib/peers/network.js';
import { type TcpOptions, tcp } from '../../lib/peers/tcp.js';
import { quick } from '../support/peers.js';
import { freePort } from '../support/ports.js';
import { type Seen, seen, until } from '../support/until.js';

/** What the test under way has opened. */
export const open: { close(): Promise<unknown> | unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

export interface Node {
  readonly network: Network;
  readonly reachable: Seen<ReadonlySet<string>>;
  readonly received: Seen<{ from: string; message: unknown }>;
}

export function node(options: Partial<TcpOptions> & Pick<TcpOptions, 'self' | 'peers'>): Node {
  const network = tcp({ ...quick, ...options });
  const one = { network, reachable: seen(network.reachable$), received: seen(network.received$) };
  open.push({ close: () => network.close() });
  return one;
}

/** A list of peers, each with a free port. */
export async function list(...ids: string[]): Promise<string> {
  const all = await Promise.all(ids.map(async (id) => `${id}@127.0.0.1:${await freePort()}`));
  return all.join(',');
}

/** All reach all. */
export const linked = (...nodes: Node[]) =>
  until(() => nodes.every(({ reachable }) => reachable.last?.size === nodes.length - 1));

/** A logger, and why it was warned. */
export const warned = () => {
  const warnings: string[] = [];
  const logger = { ...silent, warn: ({ why }: { why?: string }) => void warnings.push(String(why)) };
  return { warnings, logger: logger as unknown as Logger };
};
