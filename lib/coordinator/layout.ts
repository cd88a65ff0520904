/** Where a group keeps what: all of it below one root. @pure */
import { InvalidOptionError } from '../errors.js';
import { checkText } from '../options.js';

export interface Layout {
  /** The group's config: what every process must agree on. */
  readonly root: string;
  /** The election: its line is who is there, its leader is the balancer. */
  readonly members: string;
  /** Parent of the roles' records. */
  readonly roles: string;
  /** The table of desired owners. Written by the balancer alone. */
  readonly assign: string;
  /** Parent of what is known of each node beyond its membership. */
  readonly nodes: string;
  /** Parent of the lists of who may have a role; a role without one: everybody. */
  readonly eligible: string;
  /** Whether balancing is paused, and what an operator has ordered. */
  readonly balance: string;
}

/** Throws InvalidOptionError. */
export function layoutOf(root: string): Layout {
  const path = `/${checkText('root', root).replace(/^\/+|\/+$/g, '')}`;
  if (path.split('/').slice(1).some(isBadPart))
    throw new InvalidOptionError('root', root, 'must be a path without empty, "." or ".." parts');
  const below = (name: string) => `${path}/${name}`;
  return Object.freeze({
    root: path,
    members: below('members'),
    roles: below('roles'),
    assign: below('assign'),
    nodes: below('nodes'),
    eligible: below('eligible'),
    balance: below('balance'),
  });
}

/** An id that is also the last part of a path. Throws InvalidOptionError. */
export function checkId(option: string, id: unknown): string {
  const text = checkText(option, id);
  if (isBadPart(text) || text.includes('/'))
    throw new InvalidOptionError(option, id, 'must hold no slash, and not be "." or ".."');
  return text;
}

const isBadPart = (part: string): boolean => part === '' || part === '.' || part === '..';
