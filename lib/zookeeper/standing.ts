import type { Observable } from 'rxjs';
import type { Leadership, Term } from '../election/leadership.js';
import type { ResolvedElectionOptions } from '../election/options.js';
import type { OpenTerm } from '../election/term.js';
import type { Resolved } from './options.js';
import type { Profile } from './record.js';
import type { OpResult } from './requests.js';
import type { Session } from './session.js';

/** A leadership decided by ZooKeeper. */
export interface ZooKeeperTerm extends Term {
  /** Writes that commit only while this leadership stands: checked by the server, whatever the clocks say. */
  transaction(): Transaction;
}

/** All or nothing, and only while its leadership stands. Paths are absolute, below the chroot. */
export interface Transaction {
  /** `version` 0 means 0. Left out: the znode must exist. */
  check(path: string, version?: number): Transaction;
  create(path: string, data?: string | Uint8Array): Transaction;
  set(path: string, data: string | Uint8Array, version?: number): Transaction;
  remove(path: string, version?: number): Transaction;
  /**
   * Sends it once. Rejects with FencedError (the leadership is over, nothing was written), StoreError (an operation was
   * refused, nothing was written; `index` counts from 0), ConnectionLostError (the outcome is unknown).
   */
  commit(): Promise<readonly OpResult[]>;
}

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
  /** Emits when the seat of a follower is gone. One more watch; others hear of it when their turn comes. */
  evicted(session: Session, seat: Seat): Observable<unknown>;
}

/** Our place in line. */
export interface Seat {
  readonly session: Session;
  readonly name: string;
  readonly path: string;
  /** The lease that a claim from here writes down, in ms. */
  leaseMs: number;
  /** When we first saw ourselves first, by the monotonic clock. */
  firstAt?: number;
}

/** What one candidacy remembers from one attempt to the next. One owner: the recipe. */
export interface Standing extends Recipe {
  /** A create was sent and its znode may be there: look before creating another. */
  attempted: boolean;
  seat?: Seat;
  /** Our last claim whose answer we know: from when on nobody has to be waited for. */
  claim?: { readonly seat: Seat; readonly clearAt: number };
  term?: OpenTerm<ZooKeeperTerm>;
  /** For whom we have passed already, by vacancy: never twice for the same. */
  readonly passed: Set<string>;
}
