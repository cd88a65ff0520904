/**
 * The port: what "leader" means, whatever decides it.
 *
 * The laws (`laws.ts` upholds what an operator can; `spec/conformance` has one test for each):
 *
 * 1. The current value is always there: a late subscriber gets it synchronously. Equal neighbours are not repeated.
 * 2. Every leadership has a larger token than any before it.
 * 3. Between two leaderships there is a value that is not `leader`.
 * 4. At any instant of one clock at most one participant's `isLeader()` is true (guarantees `fenced` and `lease`).
 * 5. Losing a connection or a session is a value, never an `error`. `error` only where retrying cannot help.
 * 6. On leaving: `signal` aborts, the work drains (bounded by `drainTimeoutMs`), the place is released, then `resigned`.
 *    Started and stopped work is paired 1:1, whatever happens.
 * 7. Withdrawal is guaranteed: it outlives the subscription, retries across reconnects, and finds what an unanswered
 *    create left behind; `close()` waits for it.
 * 8. A candidacy heals itself: after expiry, eviction, a vanished parent or a rebuilt ensemble it stands again, with
 *    back-off and jitter.
 * 9. An exception in a subscriber or in the work never stalls the elector; work that throws resigns the term and yields
 *    to others before standing again.
 */
import type { Observable, ObservableInput, Subscription } from 'rxjs';
import type { Leadership, Resignation, Term } from './leadership.js';

/** `fenced`: the store itself refuses a deposed leader's writes. `lease`: exclusion by time. `best-effort`: neither. */
export type Guarantee = 'fenced' | 'lease' | 'best-effort';

export type Connection = 'connecting' | 'connected' | 'suspended' | 'closed';

/** Somebody who decides who leads: a ZooKeeper ensemble, one process, … Making one does no I/O. */
export interface Backend<X extends Term = Term> extends AsyncDisposable {
  readonly guarantee: Guarantee;
  /** The wire, as a value; replays. Subscribing connects. */
  readonly connection$: Observable<Connection>;
  /** An election by name. The same name is the same election for everybody on this store. Does no I/O. */
  election<T = unknown>(name: string, options?: ElectionOptions<T>): Election<T, X>;
  /** Every election below `root`, once, then completes. For people and the CLI. */
  elections(root?: string): Observable<readonly ElectionSummary[]>;
  /** Resigns everything, waits until the store knows (bounded), disconnects. Idempotent; never rejects. */
  close(): Promise<void>;
}

export interface ElectionOptions<T = unknown> {
  /**
   * How long a resigning leader waits for its work to end before the place is released, in ms. Too small and the next
   * leader starts while the old work still runs (only the token protects you); too large and a stuck worker delays the
   * hand-over by that much. @default 10000
   */
  readonly drainTimeoutMs?: number;
  /**
   * How long `resign()` waits for the store, in ms, after the work has drained. Past it the outcome is `unknown` and
   * the withdrawal goes on in the background. @default 5000
   */
  readonly resignTimeoutMs?: number;
  /** How long one that yielded (its work threw) stays out before it stands again, in ms; doubled while it goes on, up to 30 times. @default 1000 */
  readonly yieldMs?: number;
  /**
   * Who should lead: negative if `a` before `b`, as in `Array.sort`. Whoever comes first in line and finds somebody
   * better passes, once per vacancy, without ever having led. Must be the same in every process. @default the line alone
   */
  readonly prefer?: (a: Participant<T>, b: Participant<T>) => number;
  /** With `prefer`: a leader hands over as soon as somebody better joins. @default false */
  readonly preempt?: boolean;
}

/** One election: stand in it, watch it, or ask its leader to go. */
export interface Election<T = unknown, X extends Term = Term> {
  readonly name: string;
  /** Stands from now until `resign()` or the backend's `close()`. Throws InvalidOptionError, DataTooLargeError, ClosedError. */
  campaign(options: CampaignOptions<T>): Candidacy<T, X>;
  /** Who leads, seen without standing. `undefined` is a value: nobody does. Cold; shared while used; survives reconnects. */
  readonly leader$: Observable<Leader<T> | undefined>;
  /** Everybody registered, in order of succession. Cold; shared while used. */
  readonly participants$: Observable<readonly Participant<T>[]>;
  /**
   * Asks the leader to hand over and waits until another leadership stands (or the deadline passes: DeadlineError).
   * Errors: NoLeaderError, LeaderChangedError (guard), NoSuchParticipantError (`to`), UnsupportedError (foreign leader).
   */
  stepDown(options?: StepDownOptions): Promise<StepDown<T>>;
  /** Removes a participant by force. A leader learns of it at once, or when its lease ends. Errors: NoSuchParticipantError. */
  evict(id: string, options?: EvictOptions): Promise<Participant<T>>;
  /**
   * How the election stands at this moment, for people and graphs. Leader and line are two readings: while they change
   * they may be a moment apart. Errors: DeadlineError when the store does not answer in time, ClosedError.
   */
  status(options?: StatusOptions): Promise<ElectionStatus<T>>;
}

export interface CampaignOptions<T = unknown> {
  /** Who we are, for people: unique in the election, shown by the CLI. */
  readonly id: string;
  /** Published to everybody in the election as JSON; limited by the store. */
  readonly data?: T;
}

export interface StepDownOptions {
  /** Do nothing unless this id leads. */
  readonly expectLeader?: string;
  /** Who should lead next; those ahead of it in line pass. */
  readonly to?: string;
  readonly reason?: string;
  /** Who asks, for the record. */
  readonly by?: string;
  /** How long to wait for the next leadership, in ms. @default 30000 */
  readonly timeoutMs?: number;
}

export interface StepDown<T = unknown> {
  readonly before: Leader<T>;
  /** The leadership that followed. The same id again if nobody else stood. */
  readonly after: Leader<T>;
}

export interface EvictOptions {
  readonly reason?: string;
  readonly by?: string;
}

export interface StatusOptions {
  /** How long to wait for the store, in ms. @default 10000 */
  readonly timeoutMs?: number;
}

export interface ElectionStatus<T = unknown> {
  readonly name: string;
  /** `led`: somebody leads. `electing`: some stand, and nobody leads yet. `vacant`: nobody stands. */
  readonly state: 'led' | 'electing' | 'vacant';
  /** The leader's fencing token, which in Raft is made of its term; `undefined` when nobody leads, or a foreign one does. */
  readonly token: bigint | undefined;
  readonly leader: Leader<T> | undefined;
  /** In order of succession. */
  readonly participants: readonly Participant<T>[];
  readonly statistics: ElectionStatistics;
}

/** Of this process, since its backend was made. `undefined`: this backend does not count it. */
export interface ElectionStatistics {
  /** Elections held, as far as this process took part in them or saw them. `undefined` where a store decides: there none is held. */
  readonly elections: number | undefined;
  readonly heartbeatsSent: number | undefined;
  readonly heartbeatsReceived: number | undefined;
  /** When the leader, or the store that speaks for it, was last heard of, in ms since the epoch. */
  readonly lastHeardAt: number | undefined;
}

/** A participant's handle. Hot: it stands whether or not anybody listens, and unsubscribing never resigns. */
export interface Candidacy<_T = unknown, X extends Term = Term> extends AsyncDisposable {
  readonly id: string;
  /** Replays the current value; completes after `resigned`. */
  readonly leadership$: Observable<Leadership<X>>;
  /** The current value. */
  readonly leadership: Leadership<X>;
  /** Asks the monotonic clock at this very call. Like `resign` it may be handed over by itself, to a probe or a signal. */
  isLeader(): boolean;
  /**
   * Runs `work` whenever leading. The term's signal aborts when leadership ends; a promise is then awaited, an
   * observable unsubscribed, before the place is released. Work that throws yields (law 9). Unsubscribing stops the
   * work, not the candidacy. Work that wants to leave calls `resign()` without awaiting it, since that waits for the
   * work.
   */
  lead(work: (term: X) => ObservableInput<unknown> | void): Subscription;
  /** Leaves. Idempotent; never rejects; has its own deadline (`drainTimeoutMs` + `resignTimeoutMs`). */
  resign(): Promise<Resignation>;
}

/** Who leads, as an observer sees it. */
export interface Leader<T = unknown> {
  readonly id: string;
  /** `undefined` for a foreign participant: it has none. */
  readonly token: bigint | undefined;
  /** When it claimed, in ms since the epoch, by the store's clock. */
  readonly since: number | undefined;
  readonly data: T | undefined;
  /** True for a participant of another library (Curator, kazoo, go-zookeeper). */
  readonly foreign: boolean;
}

export interface Participant<T = unknown> {
  readonly id: string;
  /** 1 is first in line. */
  readonly position: number;
  readonly role: 'leader' | 'candidate' | 'follower';
  readonly data: T | undefined;
  /** Unique for each place in line: the znode's name. */
  readonly name: string;
  /** The one directly ahead, by name; `undefined` for the first. */
  readonly waitsFor: string | undefined;
  /** What the store tells; `undefined` is never invented away. */
  readonly host: string | undefined;
  readonly pid: number | undefined;
  readonly session: bigint | undefined;
  readonly since: number | undefined;
  readonly foreign: boolean;
}

/** One row of `succession list`. */
export interface ElectionSummary {
  readonly name: string;
  readonly leader: string | undefined;
  readonly candidates: number;
  readonly since: number | undefined;
  readonly token: bigint | undefined;
}

/**
 * What a backend gives to `candidacy.ts`: subscribe to stand; `leave$` to withdraw, which ends in one `resigned` value
 * and completion. Unsubscribing without `leave$` withdraws as well, in the background. `leave$` replays: it may be
 * subscribed to at any time. A stand that has ended may be subscribed to again, by a candidate that yielded.
 */
export type Stand<X extends Term = Term> = (leave$: Observable<unknown>) => Observable<Leadership<X>>;
