/**
 * `raft://n1@10.0.0.1:7001,n2@10.0.0.2:7001,n3@10.0.0.3:7001?self=n1&dir=/var/lib/jobs&secretFile=/etc/jobs.secret`
 *
 * Before `?` the whole group, the same in every process; behind it this node's own options, by their names.
 */
import { readFileSync } from 'node:fs';
import { InvalidOptionError } from '../errors.js';
import type { PeerTls } from './tcp-options.js';

const numbers = [
  'keepAliveMs',
  'silenceMs',
  'handshakeMs',
  'retryMinMs',
  'retryMaxMs',
  'graceMs',
  'tellMs',
  'maxElections',
  'weight',
];
const texts = ['self', 'dir', 'listen', 'secretFile'];
const flags = ['firstStart'];
const pems = ['ca', 'cert', 'key'];

/** What a protocol takes beyond that. */
export interface PeerParameters {
  readonly numbers?: readonly string[];
  readonly texts?: readonly string[];
  /** Separated by commas. */
  readonly lists?: readonly string[];
  /** Numbers or words. */
  readonly quorums?: readonly string[];
}

/** What a URL says, from `//` on. Values are checked by the backend. Throws InvalidOptionError. */
export function peerUrl<O>(rest: string, more: PeerParameters): O {
  const [, peers = '', query = ''] = /^\/\/([^?/]*)\/?(?:\?(.*))?$/s.exec(rest) ?? [];
  if (!peers)
    throw new InvalidOptionError('url', rest, 'must name the group, as //n1@host:7001,n2@host:7001?self=n1 does');
  const given = [...new URLSearchParams(query)];
  const readers = readersOf(more);
  for (const [at, [name, text]] of given.entries()) {
    if (name === 'secret')
      throw new InvalidOptionError(name, '***', 'stays out of URLs: set SUCCESSION_SECRET, or use secretFile');
    const rule = `is not a parameter; known are ${[...readers.keys()].join(', ')}`;
    if (!readers.has(name)) throw new InvalidOptionError(name, text, rule);
    if (given.findIndex(([other]) => other === name) !== at)
      throw new InvalidOptionError(name, text, 'must be given once');
  }
  const options = Object.fromEntries(given.map(([name, text]) => [name, readers.get(name)?.(name, text)]));
  if (options.self === undefined)
    throw new InvalidOptionError('self', undefined, 'must say which of them this node is, as ?self=n1 does');
  const { ca, cert, key, ...others } = options;
  return { peers, ...others, ...tlsOf({ ca, cert, key } as Partial<PeerTls>) } as O;
}

type Reader = (name: string, text: string) => unknown;

function readersOf(more: PeerParameters): ReadonlyMap<string, Reader> {
  const named = (names: readonly string[], read: Reader) => names.map((name) => [name, read] as const);
  return new Map([
    ...named([...texts, ...(more.texts ?? [])], (_, text) => text),
    ...named([...numbers, ...(more.numbers ?? [])], numberOf),
    ...named(more.lists ?? [], (_, text) => text.split(',')),
    ...named(more.quorums ?? [], (name, text) => (/^[a-z]+$/.test(text) ? text : numberOf(name, text))),
    ...named(flags, flagOf),
    ...named(pems, pemOf),
  ]);
}

function numberOf(name: string, text: string): number {
  if (!text.trim() || Number.isNaN(Number(text))) throw new InvalidOptionError(name, text, 'must be a number');
  return Number(text);
}

function flagOf(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidOptionError(name, text, 'must be true or false');
  return text === 'true';
}

function pemOf(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw Object.assign(new InvalidOptionError(name, path, 'must be a file that can be read'), { cause });
  }
}

/** All three, or none. */
function tlsOf({ ca, cert, key }: Partial<PeerTls>): { tls?: PeerTls } {
  if (ca && cert && key) return { tls: { ca, cert, key } };
  if (!(ca || cert || key)) return {};
  throw new InvalidOptionError(
    'ca, cert, key',
    '…',
    'must be given together: peers prove by certificates who they are',
  );
}
