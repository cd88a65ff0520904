/**
 * URL → Backend, by lazy import: the only file that names every backend. What is not used is not loaded.
 *
 * | URL | backend |
 * |---|---|
 * | `zookeeper://host:2181,[::1]:2182/chroot?sessionTimeoutMs=6000&naming=kazoo` | ZooKeeper |
 * | `zookeepers://user:password@host:2281/?ca=ca.pem&cert=me.pem&key=me.key` | ZooKeeper over TLS, with digest auth |
 * | `redis://user:password@host:6379/0?leaseMs=3000&prefix=app` | Redis; `rediss://` over TLS, with the same files |
 * | `raft://n1@host:7001,n2@host:7001,n3@host:7001?self=n1&dir=/var/lib/jobs&secretFile=secret` | Raft among the processes |
 * | `bully://…`, `ring://…`, `voting://…` in the same form, and `quorum=none` or `quorum=2` | these among the processes |
 * | `memory:` or `memory:space` | one process; the same space is the same store |
 *
 * Several hosts make it more than `URL` can parse, so it is taken apart here. Query parameters carry the names of the
 * backend's options; user, password, chroot and values are percent-decoded.
 */
import { readFile } from 'node:fs/promises';
import type { Backend } from './election/election.js';
import { InvalidOptionError } from './errors.js';
import type { Logger } from './options.js';
import type { QuorumPeerOptions } from './peers/quorum-backend.js';
import type { RaftOptions } from './peers/raft/index.js';
import type { PeerParameters } from './peers/url.js';
import type { VotingOptions } from './peers/voting/index.js';
import type { ZooKeeperOptions } from './zookeeper/index.js';

/** What a URL cannot hold. */
export interface ConnectOptions {
  /** @default says nothing */
  readonly logger?: Logger;
}

type Open = (rest: string, options: ConnectOptions) => Promise<Backend>;

const backends: Readonly<Record<string, Open>> = {
  zookeeper: (rest, options) => openZooKeeper(rest, options, false),
  zookeepers: (rest, options) => openZooKeeper(rest, options, true),
  redis: (rest, options) => openRedis(`redis:${rest}`, options),
  rediss: (rest, options) => openRedis(`rediss:${rest}`, options),
  raft: openRaft,
  bully: async (rest, options) => (await import('./peers/bully/index.js')).bully(await peerOptions(rest, options)),
  ring: async (rest, options) => (await import('./peers/ring/index.js')).ring(await peerOptions(rest, options)),
  voting: openVoting,
  memory: openMemory,
};

/**
 * Makes the backend a URL names; does no network I/O yet. Throws InvalidOptionError for an unknown scheme or parameter,
 * with the known ones in its message and without the password.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Backend> {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(url) ?? [];
  const open = Object.hasOwn(backends, scheme) ? backends[scheme] : undefined;
  if (!open) throw new InvalidOptionError('url', withoutPassword(url), `must start with ${schemes()}`);
  return open(rest, options);
}

/** The same URL, fit to be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^([^/]*\/\/[^/?@:]*):[^/?]*@/, '$1:***@');
}

function schemes(): string {
  const forms = Object.keys(backends).map((scheme) => (scheme === 'memory' ? 'memory:' : `${scheme}://`));
  return `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;
}

async function openRedis(url: string, { logger }: ConnectOptions): Promise<Backend> {
  const [{ redis }, { redisOptions }] = await Promise.all([import('./redis/index.js'), import('./redis/url.js')]);
  return redis({ ...(await redisOptions(url)), ...(logger && { logger }) });
}

async function openMemory(space: string, { logger }: ConnectOptions): Promise<Backend> {
  const { memory } = await import('./memory/index.js');
  return memory({ ...(space && { space: decode(space) }), ...(logger && { logger }) });
}

const raftParameters = {
  numbers: ['electionTimeoutMs', 'heartbeatMs', 'clockDrift'],
  lists: ['observers', 'previousVoters'],
};

async function openRaft(rest: string, options: ConnectOptions): Promise<Backend> {
  const { raft } = await import('./peers/raft/index.js');
  return raft(await peerOptions<RaftOptions>(rest, options, raftParameters));
}

const quorumParameters = {
  numbers: ['heartbeatMs', 'leaseMs', 'answerMs', 'clockDrift'],
  lists: ['observers', 'previousMembers'],
  quorums: ['quorum'],
};

const votingParameters = { ...quorumParameters, quorums: ['quorum', 'threshold'] };

async function openVoting(rest: string, options: ConnectOptions): Promise<Backend> {
  const { voting } = await import('./peers/voting/index.js');
  return voting(await peerOptions<VotingOptions>(rest, options, votingParameters));
}

/** Those of bully and ring, unless others are given. */
async function peerOptions<O = QuorumPeerOptions>(
  rest: string,
  { logger }: ConnectOptions,
  known: PeerParameters = quorumParameters,
): Promise<O> {
  const { peerUrl } = await import('./peers/url.js');
  return { ...peerUrl<O>(rest, known), ...(logger && { logger }) };
}

const durations = [
  'sessionTimeoutMs',
  'leaseMs',
  'heartbeatMs',
  'silenceMs',
  'connectTimeoutMs',
  'retryMinMs',
  'retryMaxMs',
];
const words: readonly string[] = ['onSuspend', 'naming'];
const pems: readonly string[] = ['ca', 'cert', 'key'];
const tlsNames: readonly string[] = [...pems, 'servername'];
const known: readonly string[] = [...durations, 'clockDrift', ...words, ...tlsNames];

async function openZooKeeper(rest: string, { logger }: ConnectOptions, secure: boolean): Promise<Backend> {
  const options = await zookeeperOptions(rest, secure);
  const { zookeeper } = await import('./zookeeper/index.js');
  return zookeeper({ ...options, ...(logger && { logger }) });
}

/** What a ZooKeeper URL says, from `//` on. Hosts and values stay as they are: the backend checks them. */
export async function zookeeperOptions(rest: string, secure = false): Promise<ZooKeeperOptions> {
  const [, login, hosts = '', chroot = '', query = ''] =
    /^\/\/(?:([^/?]*)@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(rest) ?? [];
  if (!hosts.trim())
    throw new InvalidOptionError('url', hosts, 'must name a server, as zookeeper://localhost:2181 does');
  const given = parameters(query, secure);
  return {
    ...settingsOf(given),
    servers: hosts + decode(chroot).replace(/\/+$/, ''),
    ...(login !== undefined && { auth: digest(login) }),
    ...(secure && { tls: await tlsOf(given) }),
  };
}

const digest = (login: string) => ({ scheme: 'digest', credentials: login.split(':').map(decode).join(':') });

type Parameters = ReadonlyMap<string, string>;

/** Known names only, each once. */
function parameters(query: string, secure: boolean): Parameters {
  const pairs = [...new URLSearchParams(query)];
  for (const [at, [name, text]] of pairs.entries()) {
    const refuse = (rule: string) => new InvalidOptionError(name, text, rule);
    if (!known.includes(name)) throw refuse(`is not a parameter; known are ${known.join(', ')}`);
    if (tlsNames.includes(name) && !secure) throw refuse('needs zookeepers://');
    if (pairs.findIndex(([other]) => other === name) !== at) throw refuse('must be given once');
  }
  return new Map(pairs);
}

function settingsOf(given: Parameters): object {
  const settings = [...given].filter(([name]) => !tlsNames.includes(name));
  return Object.fromEntries(settings.map(([name, text]) => [name, words.includes(name) ? text : numberOf(name, text)]));
}

function numberOf(name: string, text: string): number {
  if (!text.trim() || Number.isNaN(Number(text))) throw new InvalidOptionError(name, text, 'must be a number');
  return Number(text);
}

async function tlsOf(given: Parameters): Promise<ZooKeeperOptions['tls']> {
  const read = [...given].filter(([name]) => pems.includes(name));
  const contents = await Promise.all(read.map(async ([name, path]) => [name, await readPem(name, path)]));
  return { ...Object.fromEntries(contents), ...(given.has('servername') && { servername: given.get('servername') }) };
}

async function readPem(name: string, path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw Object.assign(new InvalidOptionError(name, path, 'must be a file that can be read'), { cause });
  });
}

/** The text stays out of the error: it may be a password. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidOptionError('url', '%', 'must be percent-encoded: write % as %25');
  }
}
