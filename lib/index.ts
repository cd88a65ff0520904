/** The public surface of the core. Backends have entries of their own: `succession/zookeeper`, `succession/memory`. */

// The port
export type {
  Backend,
  CampaignOptions,
  Candidacy,
  Connection,
  Election,
  ElectionOptions,
  ElectionStatistics,
  ElectionStatus,
  ElectionSummary,
  EvictOptions,
  Guarantee,
  Leader,
  Participant,
  StatusOptions,
  StepDown,
  StepDownOptions,
} from './election/election.js';
export type { CandidateReason, Leadership, Leading, Resignation, Term } from './election/leadership.js';

// Working under leadership
export { whileLeader } from './election/while-leader.js';
export { createFence, type Fence } from './election/fence.js';

// Choosing a backend by URL
export { connect } from './connect.js';

// Errors
export * from './errors.js';
export type { Clock, Logger } from './options.js';
