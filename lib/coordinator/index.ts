/**
 * `succession/coordinator`: roles as Kafka's controller and coordinators have them, with terms, fenced writes, load
 * before serve and unload before the next load; many of them balanced over the processes that are there.
 */
import type { Backend } from '../election/election.js';
import { systemClock } from '../options.js';
import { type GroupAdmin, groupAdmin } from './admin.js';
import { describe, type GroupDescription } from './describe.js';
import { storeOf } from './group.js';
import { layoutOf } from './layout.js';

// One role
export type { RoleHandler, RoleOptions, RolePhase, RoleState } from './handler.js';
export type { EndCause, PreviousOwner, RoleTerm, TermEnd } from './term.js';
export type { FencedOutcome } from './fenced.js';
export { compareEpochs, createEpochGate, type Epoch, type EpochGate, epochFromText, epochToText } from './epoch.js';

// A group of roles
export { openRoleGroup, type RoleGroup, type RoleView } from './group.js';
export type { MoveOptions, RoleGroupOptions } from './group-options.js';
export type { GroupConfig } from './config.js';
export type { RoleChange } from './local-roles.js';
export type { MemberView, NodeOption } from './members.js';
export { type KeyHash, type Roles, type RolesOption, roleOf } from './roles.js';
export type { ShutdownOptions, ShutdownProgress } from './shutdown.js';

// Placing roles
export { type Assigner, type Assignment, assign, type Candidate, type Situation } from './assigner.js';

// Finding and serving a role
export {
  type CoordinatorLocator,
  type Located,
  type OwnerOfOptions,
  openLocator,
  type WithOwnerOptions,
} from './locator.js';
export type { Owner, OwnerView } from './sight.js';
export { type GuardOptions, guard } from './guard.js';
export { leadOrFollow, type Tasks } from './tasks.js';
export { type Answer, admitEpoch, EPOCH_HEADER, fencedUpdate, REDIS_FENCE } from './adapters.js';

// For operators
export type { GroupAdmin, Patience, RoleMove } from './admin.js';
export type { GroupDescription, NodeDescription, RoleDescription } from './describe.js';

// Errors
export {
  CoordinatorLoadingError,
  CoordinatorNotAvailableError,
  IncarnationMismatchError,
  NodeUnavailableError,
  NoSuchGroupError,
  NoSuchRoleError,
  NotCoordinatorError,
  StaleEpochError,
  TermOverError,
} from './errors.js';

/** What an operator may do to the group at `root`, without being in it. Throws InvalidOptionError, UnsupportedError. */
export const openRoleGroupAdmin = (backend: Backend, root: string): GroupAdmin =>
  groupAdmin(backend, storeOf(backend), layoutOf(root), systemClock);

/**
 * The group at `root` as it is now: every role, every node. Rejects with NoSuchGroupError, UnsupportedError, and
 * DeadlineError after `timeoutMs`. @default 30000
 */
export const describeGroup = async (backend: Backend, root: string, timeoutMs = 30_000): Promise<GroupDescription> =>
  describe(backend, storeOf(backend), root, timeoutMs);
