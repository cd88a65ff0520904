import type { Observable } from 'rxjs';
import type { Leadership } from '../election/leadership.js';
import type { ResolvedElectionOptions } from '../election/options.js';
import type { StoreTerm } from '../election/store.js';
import type { OpenTerm } from '../election/term.js';
import type { Resolved } from './options.js';
import type { Profile, Words } from './record.js';
import type { Session } from './session.js';

export type { Transaction } from '../election/store.js';

/** A leadership decided by ZooKeeper. */
export type ZooKeeperTerm = StoreTerm;

export type ZooKeeperLeadership = Leadership<ZooKeeperTerm>;

/** What stays the same during one candidacy. */
export interface Recipe {
  /** The election's own znode, whose data is the record and whose children are the line. */
  readonly path: string;
  readonly identity: string;
  readonly profile: Profile;
  readonly options: Resolved;
  readonly election: ResolvedElectionOptions;
  readonly session$: Observable<Session | undefined>;
  readonly lender: Lender;
}

/** Whoever stands for the sake of its znode wants to know where it is, and at once when it is gone. */
export interface Lender {
  seated(seat: Seat | undefined): void;
  /** Ends a follower's wait when the seat is gone, which costs a watch. */
  unseated(session: Session, seat: Seat): Observable<unknown>;
}

/** Our place in line. */
export interface Seat {
  readonly session: Session;
  readonly name: string;
  readonly path: string;
  /** What a claim from here has to write down: the longest that anybody may still believe whom it has not seen go, in ms. */
  leaseMs: number;
}

/** A claim whose answer we know. */
export interface Claim {
  readonly seat: Seat;
  readonly clearAt: number;
  readonly version: number;
  readonly words: Words;
}

/** What one candidacy remembers from one attempt to the next. One owner: the recipe. */
export interface Standing extends Recipe {
  /** A create was sent and its znode may be there: look before creating another. */
  attempted: boolean;
  seat?: Seat;
  /** Our last claim whose answer we know: from when on nobody has to be waited for. */
  claim?: Claim;
  term?: OpenTerm<ZooKeeperTerm>;
  /** For whom we have passed already, by vacancy: never twice for the same. */
  passed?: Set<string>;
}
