/** `redis://user:password@host:port/db?leaseMs=3000&prefix=…`, `rediss://…?ca=ca.pem`: what a URL says, as options. */
import { readFile } from 'node:fs/promises';
import { InvalidOptionError } from '../errors.js';
import type { RedisOptions } from './options.js';

const numbers = [
  'leaseMs',
  'renewMs',
  'commandTimeoutMs',
  'connectTimeoutMs',
  'clockDrift',
  'retryMinMs',
  'retryMaxMs',
];
const words: readonly string[] = ['prefix', 'library'];
const pems: readonly string[] = ['ca', 'cert', 'key'];
const tlsNames: readonly string[] = [...pems, 'servername'];
const known: readonly string[] = [...numbers, ...words, ...tlsNames];

/** Takes a whole URL. Values are checked by the backend. Throws InvalidOptionError, without the password. */
export async function redisOptions(url: string): Promise<RedisOptions> {
  const [address = '', query = ''] = url.split(/\?(.*)/s);
  const secure = address.startsWith('rediss:');
  const pairs = [...new URLSearchParams(query)];
  const given = new Map(pairs);
  for (const [name, text] of pairs) {
    const refuse = (rule: string) => new InvalidOptionError(name, text, rule);
    if (!known.includes(name)) throw refuse(`is not a parameter; known are ${known.join(', ')}`);
    if (tlsNames.includes(name) && !secure) throw refuse('needs rediss://');
  }
  if (given.size < pairs.length) throw new InvalidOptionError('url', query, 'must give each parameter once');
  const settings = [...given]
    .filter(([name]) => !tlsNames.includes(name))
    .map(([name, text]) => [name, settingOf(name, text)]);
  return { ...Object.fromEntries(settings), url: address, ...(secure && { tls: await tlsOf(given) }) };
}

function settingOf(name: string, text: string): string | number {
  if (words.includes(name)) return text;
  if (!text.trim() || Number.isNaN(Number(text))) throw new InvalidOptionError(name, text, 'must be a number');
  return Number(text);
}

async function tlsOf(given: ReadonlyMap<string, string>): Promise<NonNullable<RedisOptions['tls']>> {
  const files = [...given].filter(([name]) => pems.includes(name));
  const contents = await Promise.all(files.map(async ([name, path]) => [name, await pem(name, path)]));
  return { ...Object.fromEntries(contents), ...(given.has('servername') && { servername: given.get('servername') }) };
}

async function pem(name: string, path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw Object.assign(new InvalidOptionError(name, path, 'must be a file that can be read'), { cause });
  });
}
