/**
 * `succession/health`: heartbeats, failure detection, the health of a group.
 *
 * A member publishes how it is (`beat`) on a channel that a backend lends (`channelOf`); whoever listens (`monitor`)
 * hears who is there, who fell silent, who came back. None of this elects: a leader is whoever the backend says leads.
 * What a failure detector says is a suspicion, and two monitors may disagree.
 */

// The member's side
export { beat, type BeatOptions, heartbeats } from './beat.js';
export type { Heartbeat, Load, Status } from './heartbeat.js';
export { defaultThresholds, judge, type Threshold, type Thresholds } from './thresholds.js';

// The listener's side
export { monitor, type Monitor, type MonitorOptions } from './monitor.js';
export type { Failure, Member, Recovery } from './roster.js';
export { clusterHealth, type ClusterHealth } from './cluster.js';

// Failure detectors
export { type Detector, type History, isSuspected } from './detector.js';
export { fixed, type FixedOptions } from './fixed.js';
export { phiAccrual, type PhiOptions } from './phi.js';

// Health and leadership
export { yieldWhen, type Yielded, type YieldOptions } from './yield-when.js';
export { preferByHealth, type Preference, type Weight, weightOf } from './prefer.js';

// Channels
export { channelOf } from './channel-of.js';
export type { Channel } from '../election/channel.js';
