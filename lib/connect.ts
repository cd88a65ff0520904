/**
 * URL → Backend, by lazy import: the only file that names every backend. What is not used is not loaded.
 *
 * | URL | backend |
 * |---|---|
 * | `zookeeper://host:2181,[::1]:2182/chroot?sessionTimeoutMs=6000&naming=kazoo` | ZooKeeper |
 * | `zookeepers://user:password@host:2281/?ca=ca.pem&cert=me.pem&key=me.key` | ZooKeeper over TLS, with digest auth |
 * | `memory:` or `memory:space` | one process; the same space is the same store |
 *
 * Several hosts make it more than `URL` can parse, so it is taken apart here. Query parameters carry the names of the
 * backend's options; user, password, chroot and values are percent-decoded.
 */
import { readFile } from 'node:fs/promises';
import type { Backend } from './election/election.js';
import { InvalidOptionError } from './errors.js';
import type { Logger } from './options.js';

/** What a URL cannot hold. */
export interface ConnectOptions {
  /** @default says nothing */
  readonly logger?: Logger;
}

type Open = (rest: string, options: ConnectOptions) => Promise<Backend>;

const backends: Readonly<Record<string, Open>> = {
  zookeeper: (rest, options) => openZooKeeper(rest, options, false),
  zookeepers: (rest, options) => openZooKeeper(rest, options, true),
  memory: async (space) => (await import('./memory/index.js')).memory(space ? { space: decode(space) } : {}),
};

/**
 * Makes the backend a URL names; does no network I/O yet. Throws InvalidOptionError for an unknown scheme or parameter,
 * with the known ones in its message and without the password.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Backend> {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(url) ?? [];
  const open = Object.hasOwn(backends, scheme) ? backends[scheme] : undefined;
  if (!open) throw new InvalidOptionError('url', withoutPassword(url), `must start with ${known()}`);
  return open(rest, options);
}

/** The same URL, fit to be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^([^/]*\/\/[^/?@:]*):[^/?]*@/, '$1:***@');
}

const known = () => {
  const schemes = Object.keys(backends).map((scheme) => (scheme === 'memory' ? 'memory:' : `${scheme}://`));
  return `${schemes.slice(0, -1).join(', ')} or ${schemes.at(-1)}`;
};

const numbers = [
  'sessionTimeoutMs',
  'leaseMs',
  'clockDrift',
  'heartbeatMs',
  'silenceMs',
  'connectTimeoutMs',
  'retryMinMs',
  'retryMaxMs',
] as const;
const words = ['onSuspend', 'naming'] as const;
const files = ['ca', 'cert', 'key'] as const;
const tlsOnly: readonly string[] = [...files, 'servername'];

async function openZooKeeper(rest: string, { logger }: ConnectOptions, secure: boolean): Promise<Backend> {
  const { servers, auth, query } = takeApart(rest);
  const settings = Object.fromEntries([...query].map(([name, text]) => [name, settingOf(name, text, secure)]));
  const tls = secure ? await readTls(query) : undefined;
  const options = { ...without(settings, tlsOnly), servers, auth, tls, logger };
  const { zookeeper } = await import('./zookeeper/index.js');
  return zookeeper(without(options) as Parameters<typeof zookeeper>[0]);
}

/** `//user:password@hosts/chroot?query`, in its parts. Hosts stay as they are: the backend checks them. */
function takeApart(rest: string) {
  const [, login, hosts = '', chroot = '', query = ''] =
    /^\/\/(?:([^/?]*)@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(rest) ?? [];
  if (!hosts.trim())
    throw new InvalidOptionError(
      'url',
      withoutPassword(rest),
      'must name a server, such as zookeeper://localhost:2181',
    );
  const credentials = login?.split(':').map(decode).join(':');
  const auth = credentials === undefined ? undefined : { scheme: 'digest', credentials };
  return { servers: hosts + decode(chroot.replace(/\/+$/, '')), auth, query: parameters(query) };
}

function parameters(query: string): ReadonlyMap<string, string> {
  const pairs = [...new URLSearchParams(query)];
  const twice = pairs.find(([name], at) => pairs.findIndex(([other]) => other === name) !== at);
  if (twice) throw new InvalidOptionError(twice[0], twice[1], 'must be given once');
  return new Map(pairs);
}

function settingOf(name: string, text: string, secure: boolean): string | number {
  const is = (names: readonly string[]) => names.includes(name);
  if (is(tlsOnly) && !secure) throw new InvalidOptionError(name, text, 'needs zookeepers://');
  if (is(words) || is(tlsOnly)) return text;
  if (!is(numbers))
    throw new InvalidOptionError('url', name, `parameters are ${[...numbers, ...words, ...tlsOnly].join(', ')}`);
  if (!text.trim() || Number.isNaN(Number(text))) throw new InvalidOptionError(name, text, 'must be a number');
  return Number(text);
}

async function readTls(query: ReadonlyMap<string, string>) {
  const pems = await Promise.all(files.map(async (name) => [name, await readPem(name, query.get(name))] as const));
  return without({ ...Object.fromEntries(pems), servername: query.get('servername') });
}

async function readPem(name: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return readFile(path).catch((cause) => {
    throw Object.assign(new InvalidOptionError(name, path, 'must be a file that can be read'), { cause });
  });
}

function without(options: object, names: readonly string[] = []): object {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && !names.includes(name)),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidOptionError('url', text, 'must be percent-encoded: write % as %25');
  }
}
