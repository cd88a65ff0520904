/** The group's config: made once by whoever comes first, and then the same for everybody. */
import { randomUUID } from 'node:crypto';
import { concat, endWith, last, map, merge, type Observable, switchMap } from 'rxjs';
import type { StoreSession } from '../election/store.js';
import { InvalidOptionError } from '../errors.js';
import { NoSuchGroupError } from './errors.js';
import type { Layout } from './layout.js';
import { type Roles, resolveRoles } from './roles.js';
import { ensure, read, update } from './znodes.js';

export interface GroupConfig {
  /** Of the layout. */
  readonly version: 1;
  /** Random: tells the zxids of a rebuilt ensemble from older ones. */
  readonly incarnation: string;
  readonly roles: Roles;
}

/** Makes what is missing; emits the config that stands. Errors with InvalidOptionError if that is not ours. */
export function openGroup(session: StoreSession, layout: Layout, roles: Roles): Observable<GroupConfig> {
  const config: GroupConfig = { version: 1, incarnation: randomUUID(), roles };
  const parent = layout.root.slice(0, layout.root.lastIndexOf('/'));
  const mine$ = update(session, layout.root, (data) => (data.length === 0 ? encode(config) : undefined));
  const parts = [layout.members, layout.roles, layout.assign, layout.nodes, layout.eligible, layout.balance];
  return concat(
    parent ? ensure(session, parent) : [],
    mine$,
    merge(...parts.map((path) => ensure(session, path))),
  ).pipe(
    endWith(undefined),
    last(),
    switchMap(() => readConfig(session, layout)),
    map((found) => agreed(found, roles, layout)),
  );
}

/** Errors with NoSuchGroupError. */
export function readConfig(session: StoreSession, { root }: Layout): Observable<GroupConfig> {
  return read(session, root).pipe(map((found) => decode(found?.data, root)));
}

function agreed(config: GroupConfig, roles: Roles, { root }: Layout): GroupConfig {
  const [ours, theirs] = [JSON.stringify(roles), JSON.stringify(config.roles)];
  if (ours !== theirs)
    throw new InvalidOptionError('roles', brief(ours), `must be those of the group at ${root}: ${brief(theirs)}`);
  return config;
}

const brief = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

const encode = (config: GroupConfig): Uint8Array => new TextEncoder().encode(JSON.stringify(config));

function decode(data: Uint8Array | undefined, root: string): GroupConfig {
  try {
    const { version, incarnation, roles } = JSON.parse(new TextDecoder().decode(data));
    if (version === 1 && typeof incarnation === 'string') return { version, incarnation, roles: resolveRoles(roles) };
  } catch {
    // Nothing that a group has written.
  }
  throw new NoSuchGroupError(root);
}
