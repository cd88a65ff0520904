import { randomUUID } from 'node:crypto';
import type { Leadership } from '../election/leadership.js';
import type { Instant } from '../election/lease.js';
import type { ResolvedElectionOptions } from '../election/options.js';
import type { Office } from './office.js';
import type { Profile } from './reply.js';

/** What one candidacy remembers from one attempt to the next. One owner: the recipe. */
export interface Standing {
  readonly office: Office;
  readonly profile: Profile;
  /** The same as everybody reads it. */
  readonly published: string;
  readonly election: ResolvedElectionOptions;
  /** Our place, taken or about to be: asked for by name, so that a lost answer is no loss. */
  seat?: Seat;
}

export interface Seat {
  /** Unique for each place that anybody ever takes. */
  readonly name: string;
  /** Names the next leadership: asked for again after a lost answer, it is the same one. */
  attempt: string;
  /** When the last heartbeat that Redis answered was sent. */
  heard: Instant | undefined;
}

/** A place that nobody has had. */
export const newSeat = (): Seat => ({ name: randomUUID(), attempt: randomUUID(), heard: undefined });

export type RedisLeadership = Leadership;
