/**
 * The table of desired owners, and what else the group keeps as JSON. @pure
 *
 * The table names each role once, under its node: 1000 roles with short ids are some ten kilobytes.
 */

export interface Table {
  /** Who should own a role. One that is missing has nobody. */
  readonly owners: ReadonlyMap<string, string>;
  /** Owned roles that were moved, and from where. Those that have arrived are taken out with the next write. */
  readonly moving: ReadonlyMap<string, string>;
  /** Where an operator has put a role: it stays there while that node is a member. */
  readonly pinned: ReadonlyMap<string, string>;
}

export const emptyTable: Table = { owners: new Map(), moving: new Map(), pinned: new Map() };

/** What is known of a node beyond its membership. Written by the node, and by operators. */
export interface NodeRecord {
  /** An operator has drained it: gets no roles until that is undone. */
  readonly draining: boolean;
  /** The member (by the name of its znode) that is shutting down. Means nothing for the next one on that node. */
  readonly leaving?: string | undefined;
  /** Roles that failed here, and until when they are placed elsewhere, in ms since the epoch. */
  readonly failed: Readonly<Record<string, number>>;
}

export type Order =
  | { readonly kind: 'transfer'; readonly to: string }
  /** To the first of its preferred nodes that is there, without waiting for that to have been back for long. */
  | { readonly kind: 'preferred' }
  /** To a node that may lack what makes a node eligible; from then on that node alone is. */
  | { readonly kind: 'unclean'; readonly to: string };

export interface Balance {
  /** Why no role is moved for the sake of balance. */
  readonly paused?: string | undefined;
  /** By role. The balancer takes out what it has carried out, or cannot. */
  readonly orders: Readonly<Record<string, Order>>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

export function encodeTable({ owners, moving, pinned }: Table): Uint8Array {
  const nodes = new Map<string, string[]>();
  for (const [role, node] of owners) {
    const roles = nodes.get(node);
    if (roles) roles.push(role);
    else nodes.set(node, [role]);
  }
  return encode({
    nodes: Object.fromEntries(nodes),
    moving: Object.fromEntries(moving),
    pinned: Object.fromEntries(pinned),
  });
}

/** Empty for anything else: then nothing was ever placed. */
export function decodeTable(bytes: Uint8Array): Table {
  const { nodes, moving, pinned } = parse(bytes);
  const owners = Object.entries(objectOf(nodes)).flatMap(([node, roles]) =>
    Array.isArray(roles) ? roles.map((role) => [`${role}`, node] as const) : [],
  );
  return { owners: new Map(owners), moving: textsOf(moving), pinned: textsOf(pinned) };
}

export const encodeNode = (record: NodeRecord): Uint8Array => encode(record);

export function decodeNode(bytes: Uint8Array): NodeRecord {
  const { draining, leaving, failed } = parse(bytes);
  const times = Object.entries(objectOf(failed)).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  );
  return {
    draining: draining === true,
    leaving: typeof leaving === 'string' ? leaving : undefined,
    failed: Object.fromEntries(times),
  };
}

export const encodeBalance = (balance: Balance): Uint8Array => encode(balance);

export function decodeBalance(bytes: Uint8Array): Balance {
  const { paused, orders } = parse(bytes);
  const known = Object.entries(objectOf(orders)).filter((entry): entry is [string, Order] => isOrder(entry[1]));
  return { paused: typeof paused === 'string' ? paused : undefined, orders: Object.fromEntries(known) };
}

export const encodeEligible = (nodes: readonly string[]): Uint8Array => encode({ nodes });

/** `undefined`: everybody. */
export function decodeEligible(bytes: Uint8Array): readonly string[] | undefined {
  const { nodes } = parse(bytes);
  return Array.isArray(nodes) ? nodes.filter((node) => typeof node === 'string') : undefined;
}

function isOrder(value: unknown): value is Order {
  const { kind, to } = objectOf(value);
  return kind === 'preferred' || ((kind === 'transfer' || kind === 'unclean') && typeof to === 'string');
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(decoder.decode(bytes)));
  } catch {
    return {};
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const textsOf = (value: unknown): ReadonlyMap<string, string> =>
  new Map(Object.entries(objectOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
