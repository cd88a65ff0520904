/** Which roles there are: the same in every process, and for as long as the group lives. @pure */
import { InvalidOptionError } from '../errors.js';
import { checkNumber, checkOneOf } from '../options.js';
import { checkId } from './layout.js';

/** How a key is mapped to one of `count` roles. `fnv1a`: FNV-1a, 32 bits, of the key's UTF-8. */
export type KeyHash = 'fnv1a';

/** `count` roles named '0', '1', … for keys that are hashed; or roles with names of their own. */
export type RolesOption = { readonly count: number; readonly hash?: KeyHash } | { readonly ids: readonly string[] };

export type Roles = { readonly count: number; readonly hash: KeyHash } | { readonly ids: readonly string[] };

/** More would not fit into the group's config and table, which are one znode each. */
const MOST_BYTES = 400_000;

/** Copies, checks, freezes. Throws InvalidOptionError. */
export function resolveRoles(given: RolesOption): Roles {
  const roles = 'ids' in given ? named(given.ids) : numbered(given);
  const bytes = new TextEncoder().encode(JSON.stringify(idsOf(roles))).length;
  if (bytes > MOST_BYTES)
    throw new InvalidOptionError(
      'roles',
      bytes,
      `must have ids that are ${MOST_BYTES} bytes together: make several groups`,
    );
  return Object.freeze(roles);
}

function named(ids: readonly string[]): Roles {
  const checked = ids.map((id) => checkId('roles.ids', id));
  const twice = checked.find((id, index) => checked.indexOf(id) !== index);
  if (twice !== undefined) throw new InvalidOptionError('roles.ids', twice, 'must hold each id once');
  if (checked.length === 0) throw new InvalidOptionError('roles.ids', ids, 'must hold at least one id');
  return { ids: Object.freeze([...checked].sort()) };
}

function numbered({ count, hash }: { readonly count: number; readonly hash?: KeyHash }): Roles {
  if (!Number.isInteger(checkNumber('roles.count', count, 1, 50_000)))
    throw new InvalidOptionError('roles.count', count, 'must be a whole number');
  return { count, hash: checkOneOf('roles.hash', hash ?? 'fnv1a', ['fnv1a']) };
}

export const idsOf = (roles: Roles): readonly string[] =>
  'ids' in roles ? roles.ids : Array.from({ length: roles.count }, (_, index) => `${index}`);

/** The role that a key belongs to, in a group whose roles are counted. */
export function roleOf(key: string, { count }: { readonly count: number }): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${hash % count}`;
}
