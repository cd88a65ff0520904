import { InvalidOptionError } from '../errors.js';
import { checkDuration, checkNumber, checkText } from '../options.js';
import { type Assigner, assign } from './assigner.js';
import { type ResolvedRoleOptions, type RoleHandler, type RoleOptions, resolveRoleOptions } from './handler.js';
import { checkId, type Layout, layoutOf } from './layout.js';
import type { NodeOption } from './members.js';
import type { Moves } from './outlook.js';
import { idsOf, type Roles, type RolesOption, resolveRoles } from './roles.js';

export interface RoleGroupOptions<S> extends RoleOptions {
  /** The path below which the group keeps everything. */
  readonly root: string;
  readonly node: NodeOption;
  /** The same in every process: checked when the group is opened. */
  readonly roles: RolesOption;
  /** What to do with a role. Asked once for each role that comes here; if it throws, that role fails here whenever it is loaded. */
  readonly handler: (role: string) => RoleHandler<S>;
  /** Where a role should be, the best node first. The same in every process. @default nowhere in particular */
  readonly preferred?: (role: string) => readonly string[];
  /** The same in every process. @default sticky, weighted, preferred-aware, zone-aware */
  readonly assigner?: Assigner;
  readonly moves?: MoveOptions;
  /** How many roles load here at once. @default 16 */
  readonly loadConcurrency?: number;
  /** For how long a role whose load failed here is placed elsewhere, in ms. @default 60000 */
  readonly avoidAfterFailureMs?: number;
  /** How long to wait for the store when the group is opened, in ms. @default 30000 */
  readonly openTimeoutMs?: number;
}

/** Owned roles alone: one that has no owner is placed at once. */
export interface MoveOptions {
  /** How many owned roles are being moved at the same time. @default 25 */
  readonly maxInFlight?: number;
  /** For how long nobody has come or gone before roles move for the sake of balance, and before a new group's are first placed, in ms. @default 3000 */
  readonly settleMs?: number;
  /** For how long a preferred node has been back before its roles go back to it, in ms. @default 60000 */
  readonly failbackAfterMs?: number;
  /** From one table to the look whether its moves have arrived, in ms: small is quick, large needs fewer requests. @default 100 */
  readonly paceMs?: number;
  /** A move that has not arrived after this long is not waited for any more, in ms. @default 30000 */
  readonly timeoutMs?: number;
}

export interface ResolvedGroupOptions<S> {
  readonly layout: Layout;
  readonly node: NodeOption;
  readonly roles: Roles;
  readonly ids: readonly string[];
  readonly handler: (role: string) => RoleHandler<S>;
  readonly preferred: ReadonlyMap<string, readonly string[]>;
  readonly assigner: Assigner;
  readonly moves: Moves;
  readonly loadConcurrency: number;
  readonly avoidAfterFailureMs: number;
  readonly openTimeoutMs: number;
  readonly role: ResolvedRoleOptions;
}

/** Copies, defaults, checks, freezes. Throws InvalidOptionError. */
export function resolveGroupOptions<S>(given: RoleGroupOptions<S>): ResolvedGroupOptions<S> {
  const roles = resolveRoles(given.roles);
  const ids = idsOf(roles);
  const { preferred } = given;
  return Object.freeze({
    layout: layoutOf(given.root),
    node: checkNode(given.node),
    roles,
    ids,
    handler: checkFunction('handler', given.handler),
    preferred: new Map(preferred ? ids.map((role) => [role, [...preferred(role)]] as const) : []),
    assigner: checkFunction('assigner', given.assigner ?? assign),
    moves: resolveMoves(given.moves),
    loadConcurrency: checkNumber('loadConcurrency', given.loadConcurrency ?? 16, 1),
    avoidAfterFailureMs: checkDuration('avoidAfterFailureMs', given.avoidAfterFailureMs ?? 60_000),
    openTimeoutMs: checkDuration('openTimeoutMs', given.openTimeoutMs ?? 30_000, 1),
    role: resolveRoleOptions(given),
  });
}

function resolveMoves(given: MoveOptions = {}): Moves {
  return Object.freeze({
    maxInFlight: checkNumber('moves.maxInFlight', given.maxInFlight ?? 25, 1),
    settleMs: checkDuration('moves.settleMs', given.settleMs ?? 3_000),
    failbackAfterMs: checkDuration('moves.failbackAfterMs', given.failbackAfterMs ?? 60_000),
    paceMs: checkDuration('moves.paceMs', given.paceMs ?? 100, 1),
    timeoutMs: checkDuration('moves.timeoutMs', given.timeoutMs ?? 30_000, 1),
  });
}

function checkNode({ id, address, zone, weight = 1, meta }: NodeOption): NodeOption {
  return Object.freeze({
    id: checkId('node.id', id),
    address: checkText('node.address', address),
    ...(zone !== undefined && { zone: checkText('node.zone', zone) }),
    weight: checkNumber('node.weight', weight, Number.MIN_VALUE),
    ...(meta !== undefined && { meta }),
  });
}

function checkFunction<F>(option: string, value: F): F {
  if (typeof value !== 'function') throw new InvalidOptionError(option, value, 'must be a function');
  return value;
}
