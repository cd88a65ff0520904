/**
 * Following the one directly ahead, and nobody else.
 *
 * Who is left of the line we know, the record tells: whoever claimed last was first then, so everybody before it has
 * gone. It is read in the time of the session's heartbeats, so that usually the one ahead is known to be the last, and
 * when it goes nothing is left to ask. After a quicker succession the record is read once more when it goes. Where the
 * record cannot help (participants of other libraries lead without one) the next is asked for by name, each name once.
 */
import { map, Observable, type Observer, of, type Subscriber, type Subscription } from 'rxjs';
import { afterwards, andThen } from '../election/flow.js';
import { follower } from '../election/leadership.js';
import { type Ahead, howMany, isUncertain, sinceClaimOf, withoutNearest } from './line.js';
import { decodeRecord } from './record.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { ZooKeeperLeadership } from './standing.js';

/** What a follower may need besides. */
export interface Aids {
  /** Another look at the line. */
  readonly survey$: Observable<Ahead | undefined>;
  /** Ends the wait, whoever is ahead: our own place is gone. */
  readonly unseated$: Observable<unknown>;
  /** What comes when nobody is left. */
  readonly claim$: Observable<ZooKeeperLeadership>;
}

/** Where our own place is gone, the claim will find out. */
const NOBODY: Ahead = { nearest: [], beyond: 0 };

/** Who is ahead, as far as it is known, and whether the nearest has been seen standing there. */
interface Known {
  left: Ahead;
  found: boolean;
}

/**
 * Follows the nearest of those ahead until it goes, then the nearest that is left; when nobody is, claims. Lists again
 * (`survey$`) when all those it remembered are gone and others stood further ahead.
 */
export function follow(session: Session, path: string, ahead: Ahead, aids: Aids): Observable<ZooKeeperLeadership> {
  if (howMany(ahead) === 0) return aids.claim$;
  const known: Known = { left: ahead, found: false };
  const next = (left: Ahead) => follow(session, path, left, aids);
  return afterwards(behind(session, path, known, aids), () =>
    howMany(known.left) > 1 ? andThen(whoIsLeft(session, path, known, aids), next) : aids.claim$,
  );
}

/** Behind the nearest, until it goes; learns from the record meanwhile who else is left. */
function behind(session: Session, path: string, known: Known, { unseated$ }: Aids): Observable<ZooKeeperLeadership> {
  return new Observable((subscriber) => {
    const us = new Follower(subscriber, known);
    subscriber.add(unseated$.subscribe({ next: () => us.unseated(), error: (error) => us.error(error) }));
    subscriber.add(session.untilVacant(`${path}/${nearestOf(known).name}`).subscribe(us));
    if (isUncertain(known.left)) us.learnFrom(session.glance(path));
  });
}

/** Hears of the nearest. */
class Follower implements Observer<Znode> {
  #glances: Subscription | undefined;

  constructor(
    private readonly subscriber: Subscriber<ZooKeeperLeadership>,
    private readonly known: Known,
  ) {}

  learnFrom(record$: Observable<Znode>): void {
    this.#glances = record$.subscribe({ next: (record) => this.#glanced(record), error: (error) => this.error(error) });
    this.subscriber.add(this.#glances);
  }

  next({ czxid }: Znode): void {
    const { known } = this;
    const isFirst = !known.found;
    known.found = true;
    if (isAnother(known, czxid)) this.complete();
    else if (isFirst) this.#tell();
  }

  error(error: unknown): void {
    this.subscriber.error(error);
  }

  complete(): void {
    this.subscriber.complete();
  }

  unseated(): void {
    this.known.left = NOBODY;
    this.complete();
  }

  #glanced(record: Znode): void {
    const { known } = this;
    const before = known.left;
    if (learn(known, record) !== before) this.#tell();
    if (!isUncertain(known.left)) this.#glances?.unsubscribe();
  }

  #tell(): void {
    this.subscriber.next(follower(howMany(this.known.left)));
  }
}

const learn = (known: Known, { data }: Znode): Ahead =>
  (known.left = sinceClaimOf(decodeRecord(data)?.holder, known.left));

const nearestOf = ({ left }: Known) => left.nearest[0]!;

/** Somebody stands there who came back under its name. */
function isAnother(known: Known, czxid: bigint): boolean {
  const { born } = nearestOf(known);
  return born !== undefined && born !== czxid;
}

/** The nearest has gone. Who is left? Emits once. */
function whoIsLeft(session: Session, path: string, known: Known, { survey$ }: Aids): Observable<Ahead> {
  const listed = (): Observable<Ahead> => {
    const left = withoutNearest(known.left);
    const isForgotten = left.nearest.length === 0 && left.beyond > 0;
    return isForgotten ? survey$.pipe(map((now) => now ?? NOBODY)) : of(left);
  };
  if (!known.found || !isUncertain(known.left)) return listed();
  return andThen(session.get(path), (record) => {
    learn(known, record);
    return listed();
  });
}
