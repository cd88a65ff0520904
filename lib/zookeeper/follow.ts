/**
 * Following the one directly ahead, and nobody else.
 *
 * Who is left of the line we know, the record tells: whoever claimed last was first then, so everybody before it has
 * gone. It is read in the time of the session's heartbeats, so that usually the one ahead is known to be the last, and
 * when it goes nothing is left to ask. After a quicker succession the record is read once more when it goes. Where the
 * record cannot help (participants of other libraries lead without one) the next is asked for by name, each name once.
 */
import { map, type Observable, type Observer, of, type SubscriptionLike, throwError, type Unsubscribable } from 'rxjs';
import { andThen } from '../election/flow.js';
import { follower } from '../election/leadership.js';
import { type Ahead, howMany, isUncertain, sinceClaimOf, withoutNearest } from './line.js';
import { decodeRecord } from './record.js';
import type { Znode } from './requests.js';
import type { Seat, Standing, ZooKeeperLeadership } from './standing.js';

/** A campaign, up to where there is nothing to do but to wait. */
export type Campaign = Observable<ZooKeeperLeadership | Following>;

/** What a follower goes on with. */
export interface Aids {
  /** Another look at the line. */
  survey(seat: Seat, standing: Standing): Observable<Ahead | undefined>;
  /** What comes when nobody is left. */
  claim(seat: Seat, standing: Standing): Campaign;
}

/** Whoever waits with a follower. */
export interface Companion {
  next(value: ZooKeeperLeadership): void;
  /** The wait is over: the campaign goes on with `followed.next$`. */
  goOn(followed: Following): void;
}

/** Where our own place is gone, the claim will find out. */
const NOBODY: Ahead = { nearest: [], beyond: 0 };

/**
 * Follows the nearest of those ahead until it goes, then the nearest that is left; when nobody is, claims. Lists again when
 * all those it remembered are gone and others stood further ahead.
 */
export function follow(seat: Seat, standing: Standing, ahead: Ahead, aids: Aids): Campaign {
  return howMany(ahead) === 0 ? aids.claim(seat, standing) : of(new Following(seat, standing, ahead, aids));
}

/**
 * A follower at rest, behind the nearest: all that is left of its campaign, since a process may hold thousands of them.
 * Learns from the record meanwhile who else is left.
 */
export class Following implements Observer<Znode>, SubscriptionLike {
  closed = false;
  #left: Ahead;
  /** Whether the nearest has been seen standing there. */
  #isFound = false;
  #failure: { readonly error: unknown } | undefined;
  #companion: Companion | undefined;
  #wait: Unsubscribable | undefined;
  #seated: Unsubscribable | undefined;

  constructor(
    readonly seat: Seat,
    private readonly standing: Standing,
    ahead: Ahead,
    private readonly aids: Aids,
  ) {
    this.#left = ahead;
  }

  /** Waits until the nearest goes, or something else makes waiting pointless. */
  with(companion: Companion): this {
    const { path, lender } = this.standing;
    const { session } = this.seat;
    this.#companion = companion;
    if (isUncertain(this.#left)) session.glance(path, this);
    this.#wait = session.untilVacant([path, this.#nearest.name].join('/'), this);
    if (!this.closed)
      this.#seated = lender.unseated(session, this.seat).subscribe({
        next: () => this.#unseated(),
        error: (error) => this.error(error),
      });
    return this;
  }

  /** What comes after the wait. */
  get next$(): Campaign {
    if (this.#failure) return throwError(() => this.#failure?.error);
    if (howMany(this.#left) <= 1) return this.aids.claim(this.seat, this.standing);
    return andThen(this.#whoIsLeft(), (left) => follow(this.seat, this.standing, left, this.aids));
  }

  /** The nearest, as it stands there. Somebody else may: under its name, having come back. */
  next({ czxid }: Znode): void {
    const { born } = this.#nearest;
    const isNews = !this.#isFound;
    this.#isFound = true;
    if (born !== undefined && born !== czxid) this.complete();
    else if (isNews) this.#tell();
  }

  error(error: unknown): void {
    this.#failure = { error };
    this.complete();
  }

  complete(): void {
    if (this.closed) return;
    this.unsubscribe();
    this.#companion?.goOn(this);
  }

  glanced(record: Znode): void {
    const before = this.#left;
    if (this.#learn(record) !== before) this.#tell();
    if (!isUncertain(this.#left)) this.#overlook();
  }

  unsubscribe(): void {
    this.closed = true;
    this.#wait?.unsubscribe();
    this.#seated?.unsubscribe();
    this.#overlook();
  }

  #overlook(): void {
    this.seat.session.overlook(this.standing.path, this);
  }

  #unseated(): void {
    this.#left = NOBODY;
    this.complete();
  }

  #tell(): void {
    this.#companion?.next(follower(howMany(this.#left)));
  }

  #learn({ data }: Znode): Ahead {
    this.#left = sinceClaimOf(decodeRecord(data)?.holder, this.#left);
    return this.#left;
  }

  get #nearest() {
    return this.#left.nearest[0]!;
  }

  /** The nearest has gone. Who is left? Emits once. */
  #whoIsLeft(): Observable<Ahead> {
    if (!this.#isFound || !isUncertain(this.#left)) return this.#remembered();
    return andThen(this.seat.session.get(this.standing.path), (record) => {
      this.#learn(record);
      return this.#remembered();
    });
  }

  #remembered(): Observable<Ahead> {
    const left = withoutNearest(this.#left);
    const isForgotten = left.nearest.length === 0 && left.beyond > 0;
    if (!isForgotten) return of(left);
    return this.aids.survey(this.seat, this.standing).pipe(map((now) => now ?? NOBODY));
  }
}
