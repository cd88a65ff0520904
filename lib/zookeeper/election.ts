/**
 * The recipe: leader election after ZooKeeper's recipes page and Curator's LeaderLatch, with a record and a lease.
 *
 * The line decides who may claim; the claim makes the leader; the lease says how long it may believe.
 *
 *   campaign    session$ → a session ? inSession : candidate('expired'); rests while it follows somebody
 *   inSession   enlist → inLine; suspended and resumed with the connection
 *   enlist      find our id among the children, else create EPHEMERAL_SEQUENTIAL          (enlist.ts)
 *   inLine      list once; follow the one ahead until it goes, then the next that is left; nobody → claim   (follow.ts)
 *   claim       one flush: read own znode (watched) and the record; multi( check own znode, set record to us )
 *   hold        wait for a lost holder's lease; then leader until its own lease ends      (hold.ts)
 *
 * The list is read once: sequence numbers only grow, so the set ahead only shrinks. A follower watches the one ahead by
 * reading it, never by `exists`, which would leave a watch on a missing path; now and then it asks with a write whether
 * that one is there at all (vacancy.ts). Who is left further ahead it reads from the record in the time of its heartbeats:
 * so a hand-over usually needs no more than the claim's flush. Meanwhile it is one object: the campaign ends with it, and
 * goes on from it when the one ahead has gone. A place of ours that our server does not show is removed by a write before
 * we take another. A session's end is the first line of the first function: `switchMap` drops whatever was under way in it.
 */
import { defer, EMPTY, merge, type Observable, of, ReplaySubject, switchMap, takeWhile, timer, using } from 'rxjs';
import { afterwards, andThen } from '../election/flow.js';
import { candidate } from '../election/leadership.js';
import { ConnectionLostError, isRetriable } from '../errors.js';
import { claimInOneFlush } from './claim.js';
import { backOff } from './client.js';
import { enlist, vacate } from './enlist.js';
import { isNoNode } from './errors.js';
import { type Aids, type Campaign, Following, follow } from './follow.js';
import { hold } from './hold.js';
import { unlessOutranked } from './pass.js';
import type { Znode } from './requests.js';
import type { Session } from './session.js';
import type { Seat, Standing, ZooKeeperLeadership } from './standing.js';
import { survey } from './survey.js';

/**
 * Stands, until there is nothing to do but to follow somebody: with that it completes, and goes on when it is subscribed to
 * again with what was `followed`. Errors only where retrying cannot help.
 */
export function campaign(standing: Standing, followed?: Following): Campaign {
  return standing.session$.pipe(
    switchMap((session) =>
      session ? inSession(session, standing, followed) : of(candidate(standing.attempted ? 'expired' : 'joining')),
    ),
    takeWhile((value) => !(value instanceof Following), true),
  );
}

/** A place in line lives as long as the session; a verdict, as long as the connection. */
function inSession(session: Session, standing: Standing, followed?: Following): Campaign {
  const seated$ = defer(() => enlist(session, standing));
  return afterwards(
    andThen(seated$, (seat) => (seat === followed?.seat ? followed.next$ : inLine(session, seat, standing))),
    () => gone(session, standing),
    (error) => failed(error, session, standing),
  );
}

/** Our place is gone, or our server does not show it: takes another, after a while. */
const gone = (session: Session, standing: Standing): Campaign =>
  afterwards(
    vacate(session, standing),
    () => again(jitter(standing), session, standing),
    (error) => failed(error, session, standing),
  );

function failed(error: unknown, session: Session, standing: Standing): Campaign {
  if (!isCurable(error)) throw error;
  // The wire of a session that is over never comes back: what is still in line there is looked for in the next one.
  const resumed$ = error instanceof ConnectionLostError ? session.connected$ : jitter(standing);
  return afterwards(of(doubt(error)), () => again(resumed$, session, standing));
}

const again = (when$: Observable<unknown>, session: Session, standing: Standing) =>
  andThen(when$, () => inSession(session, standing));

const jitter = ({ options }: Standing) => defer(() => timer(backOff(2, options), options.clock.scheduler));

/** Follows those ahead, the nearest first, until nobody is left; then claims. Completes when the place is gone. */
function inLine(session: Session, seat: Seat, standing: Standing): Campaign {
  return andThen(survey(session, seat, standing), (ahead) => (ahead ? follow(seat, standing, ahead, aids) : EMPTY));
}

const aids: Aids = {
  survey: (seat, standing) => survey(seat.session, seat, standing),
  claim: (seat, standing) => unlessOutranked(seat.session, seat, standing, claim(seat.session, seat, standing)),
};

/** Nobody is ahead: claims, and leads. Completes when the place is gone. */
function claim(session: Session, seat: Seat, standing: Standing): Observable<ZooKeeperLeadership> {
  const claimed$ = defer(() => {
    const own$ = new ReplaySubject<Znode>(1);
    return using(
      () => session.watch(seat.path).subscribe(own$),
      () =>
        claimInOneFlush(session, seat, standing, own$).pipe(
          switchMap((claimed) => hold(session, seat, standing, own$, claimed)),
        ),
    );
  });
  return merge(claimed$, of(candidate('electing')));
}

/** What time or another attempt can cure: a lost connection, a busy server, a parent that vanished under us. */
const isCurable = (error: unknown): boolean => isRetriable(error) || isNoNode(error);

const doubt = (error: unknown) => candidate(error instanceof ConnectionLostError ? 'suspended' : 'joining');
