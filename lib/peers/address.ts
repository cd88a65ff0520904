/**
 * Where peers listen: `id@host:port`, with IPv6 in brackets.
 *
 * @pure
 */
import { InvalidOptionError } from '../errors.js';
import type { NodeId } from './machine.js';

export interface Peer {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
}

/** A node's id: it is shown on terminals and names files. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const PEER = /^([^@]*)@(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]@/?#\s]+)):(\d{1,5})$/;
const FORM = 'must look like n1@host:7001, with IPv6 as n1@[::1]:7001';

/** Throws InvalidOptionError. */
export function checkNodeId(option: string, id: unknown): NodeId {
  if (typeof id === 'string' && ID.test(id)) return id;
  throw new InvalidOptionError(option, id, 'must be 1 to 64 letters, digits, dots, dashes and underscores');
}

/** One peer from its text. Throws InvalidOptionError. */
export function parsePeer(option: string, text: string): Peer {
  const [, id, v6, name, port] = PEER.exec(text.trim()) ?? [];
  const host = v6 ?? name;
  if (host === undefined) throw new InvalidOptionError(option, text, FORM);
  return checkPeer(option, { id: id as string, host, port: Number(port) });
}

/** Copies what it has checked. Throws InvalidOptionError. */
export function checkPeer(option: string, { id, host, port }: Peer): Peer {
  if (typeof host !== 'string' || host === '') throw new InvalidOptionError(option, host, FORM);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidOptionError(option, port, 'must have a port from 1 to 65535');
  return Object.freeze({ id: checkNodeId(option, id), host, port });
}

/** A list, as one text separated by commas or already taken apart; each id once. Throws InvalidOptionError. */
export function checkPeers(option: string, given: string | readonly (Peer | string)[]): readonly Peer[] {
  const parts = typeof given === 'string' ? given.split(',') : given;
  const peers = parts.map((one) => (typeof one === 'string' ? parsePeer(option, one) : checkPeer(option, one)));
  for (const [at, { id }] of peers.entries())
    if (peers.findIndex((other) => other.id === id) !== at)
      throw new InvalidOptionError(option, id, 'must name each node once');
  return Object.freeze(peers);
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
