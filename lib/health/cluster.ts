/**
 * The health of a whole group, from that of its members. @pure
 *
 * The arithmetic of a majority: of `size` members it takes `quorum` = ⌊size / 2⌋ + 1, so that two majorities always have
 * a member in common. Of 3 it takes 2, of 4 it takes 3, of 5 it takes 3. `size` is how many there should be (`expected`),
 * or as many as are known if that is more; members that failed count in it, those that left do not.
 */

import type { Status } from './heartbeat.js';
import type { Member } from './roster.js';

export interface ClusterHealth {
  /**
   * `critical`: fewer than `quorum` members can work, or nobody was ever heard. `degraded`: somebody is missing, failed
   * or not well, and a majority can still work. `healthy`: everybody is.
   */
  readonly status: Status;
  /** How many there should be. */
  readonly size: number;
  readonly quorum: number;
  /** Not failed, whatever they say of themselves. */
  readonly alive: number;
  readonly failed: number;
  /** Of those alive. */
  readonly healthy: number;
  readonly degraded: number;
  readonly critical: number;
  /** `alive` reaches `quorum`: those alive can still decide, even if not all are able to work. */
  readonly hasQuorum: boolean;
  /** How many more may fail before those alive can decide nothing any more. */
  readonly spare: number;
  /** False while we ourselves are cut off from the channel: then the rest is what we knew last. */
  readonly hearing: boolean;
}

export function clusterHealth(members: readonly Member[], expected = 0, hearing = true): ClusterHealth {
  const count = (status: Status) => members.filter((one) => one.state === 'alive' && one.status === status).length;
  const [healthy, degraded, critical] = [count('healthy'), count('degraded'), count('critical')];
  const alive = healthy + degraded + critical;
  const size = Math.max(expected, members.length);
  const quorum = Math.floor(size / 2) + 1;
  const status = healthy + degraded < quorum ? 'critical' : healthy < size ? 'degraded' : 'healthy';
  const counts = { size, quorum, alive, failed: members.length - alive, healthy, degraded, critical };
  return { status, ...counts, hasQuorum: alive >= quorum, spare: Math.max(0, alive - quorum), hearing };
}
