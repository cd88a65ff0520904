/** Who may do what (ZooKeeperServer.checkACL, PrepRequestProcessor.fixupACL): world, auth, digest and ip. @pure */
import { Code, refuse } from './errors.js';
import { sha1 } from './sha1.js';
import type { Acl, Connection, Id, State, Znode } from './state.js';

export const Perm = { read: 1, write: 2, create: 4, delete: 8, admin: 16 } as const;

/** Refuses unless one of the connection's identities has one of the permissions on the znode. */
export function authorize(state: State, { auth }: Connection, path: string, { acl }: Znode, perms: number): void {
  if (state.denied.has(path || '/')) refuse(Code.noAuth);
  if (acl.length === 0) return;
  if (!acl.some((entry) => (entry.perms & perms) !== 0 && isMeant(entry, auth))) refuse(Code.noAuth);
}

function isMeant({ scheme, id }: Acl, auth: readonly Id[]): boolean {
  if (scheme === 'world') return id === 'anyone';
  return auth.some((one) => one.scheme === scheme && (scheme === 'ip' ? within(one.id, id) : one.id === id));
}

/** Most znodes have it, so there is one for all. */
const open: readonly Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** What is stored: no entry twice, `auth` replaced by what the client has authenticated as. Refuses nonsense. */
export function resolveAcl(acl: readonly Acl[] | null, auth: readonly Id[]): readonly Acl[] {
  const [first] = acl ?? [];
  if (!acl || !first) return refuse(Code.invalidAcl);
  if (acl.length === 1 && same(first, open[0] as Acl)) return open;
  return unique(acl).flatMap((entry) => (entry.scheme === 'auth' ? mine(entry, auth) : [valid(entry)]));
}

const same = (a: Acl, b: Acl): boolean => a.perms === b.perms && a.scheme === b.scheme && a.id === b.id;

const unique = (acl: readonly Acl[]): Acl[] =>
  acl.filter((entry, at) => acl.findIndex((other) => same(entry, other)) === at);

function mine({ perms }: Acl, auth: readonly Id[]): Acl[] {
  const proven = auth.filter(({ scheme }) => scheme === 'digest');
  return proven.length === 0 ? refuse(Code.invalidAcl) : proven.map((id) => ({ perms, ...id }));
}

function valid(entry: Acl): Acl {
  const { scheme, id } = entry;
  const fine =
    (scheme === 'world' && id === 'anyone') ||
    (scheme === 'digest' && /^[^:]*:[^:]+:*$/.test(id)) ||
    (scheme === 'ip' && addressIn(id) !== undefined);
  return fine ? entry : refuse(Code.invalidAcl);
}

/** `user:password` → `user:base64(sha1(user:password))` (DigestAuthenticationProvider). */
export function digestOf(credential: string): string {
  const hash = sha1(new TextEncoder().encode(credential));
  return `${credential.split(':', 1)[0]}:${btoa(String.fromCharCode(...hash))}`;
}

/** What somebody who may not administer the znode sees of an entry: no password hashes. */
export const masked = (entry: Acl): Acl =>
  entry.scheme === 'digest' ? { ...entry, id: entry.id.replace(/:.*/, ':x') } : entry;

interface Range {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** `address` or `address/bits`. */
function addressIn(text: string): Range | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const bytes = bytesOf(address);
  const bits = prefix === undefined ? (bytes?.length ?? 0) * 8 : Number(prefix || Number.NaN);
  const fine = bytes && more.length === 0 && Number.isInteger(bits) && bits >= 0 && bits <= bytes.length * 8;
  return fine ? { bytes, bits } : undefined;
}

function bytesOf(address: string): readonly number[] | undefined {
  return address.includes(':') ? sixteen(address) : four(address);
}

function four(address: string): readonly number[] | undefined {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)
    ? parts.map(Number)
    : undefined;
}

function sixteen(address: string): readonly number[] | undefined {
  const [head = '', tail, ...more] = address.split('::');
  if (more.length > 0) return undefined;
  const groups = (text: string) => (text ? text.split(':') : []);
  const [left, right] = [groups(head), groups(tail ?? '')];
  const missing = 8 - left.length - right.length;
  const all = tail === undefined ? left : [...left, ...Array(Math.max(0, missing)).fill('0'), ...right];
  if (all.length !== 8 || !all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
}

function within(address: string, text: string): boolean {
  const range = addressIn(text);
  const bytes = bytesOf(address);
  if (!range || !bytes || range.bytes.length !== bytes.length) return false;
  const bit = (all: readonly number[], at: number) => ((all[at >> 3] as number) >> (7 - (at & 7))) & 1;
  return Array.from({ length: range.bits }, (_, at) => at).every((at) => bit(bytes, at) === bit(range.bytes, at));
}
