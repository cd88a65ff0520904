/**
 * Preference without a second protocol: priority, weight and transfer all reduce to passing.
 *
 * Whoever comes first in line looks whether somebody else should lead instead, and if so goes to the back of the line.
 * Safety stays that of the plain recipe. Nobody passes twice for the same rival in one vacancy, so two that prefer each
 * other cannot go on for ever.
 */
import {
  EMPTY,
  filter,
  forkJoin,
  ignoreElements,
  map,
  NEVER,
  type Observable,
  retry,
  switchMap,
  take,
  tap,
} from 'rxjs';
import type { Participant } from '../election/election.js';
import { again } from './again.js';
import type { Claimed } from './claim.js';
import { orNothing, vacated } from './enlist.js';
import { identityIn, parseLine } from './line.js';
import { type Standee, standees, standees$, toParticipants } from './observe.js';
import { encodeRecord } from './record.js';
import type { Session } from './session.js';
import type { Seat, Standing, ZooKeeperLeadership } from './standing.js';

type Leading$ = Observable<ZooKeeperLeadership>;

/** Completes, for the place to be left, if `prefer` says that somebody else in line should lead: before any claim. */
export function unlessOutranked(session: Session, seat: Seat, standing: Standing, claim$: Leading$): Leading$ {
  if (!standing.election.prefer) return claim$;
  return forkJoin({ line: standees(session, standing.path), record: session.get(standing.path) }).pipe(
    switchMap(({ line, record }) => {
      const better = best(line, seat, standing, () => true);
      return better && firstTime(standing, `${record.mzxid} ${better}`) ? EMPTY : claim$;
    }),
  );
}

/** Takes the claim back if the record names somebody else in line as the next. Completes when passed on. */
export function passToNominee(
  session: Session,
  seat: Seat,
  standing: Standing,
  { previous }: Claimed,
  lead$: Leading$,
): Leading$ {
  const { nominee, holder } = previous ?? {};
  if (!previous || !nominee || nominee === standing.identity) return lead$;
  return session.children(standing.path).pipe(
    switchMap((names) => {
      const stands = parseLine(names).some(({ name }) => identityIn(name) === nominee);
      if (!stands || !firstTime(standing, `${holder} ${nominee}`)) return lead$;
      const asFound = encodeRecord(previous);
      const passed$ = session.multi([
        { op: 'set', path: standing.path, data: asFound },
        { op: 'remove', path: seat.path },
      ]);
      return orNothing(passed$).pipe(
        tap(() => vacated(standing)),
        ignoreElements(),
      );
    }),
  );
}

/** With `preempt`: the identity of somebody better who joined since we claimed. Otherwise never emits. */
export function betterNewcomer(session: Session, seat: Seat, standing: Standing, token: bigint): Observable<string> {
  if (!standing.election.preempt) return NEVER;
  return standees$(session, standing.path).pipe(
    map((line) => best(line, seat, standing, ({ znode }) => znode.czxid > token)),
    filter((identity) => identity !== undefined),
    take(1),
    retry({ delay: again(session, standing.options) }),
  );
}

/** The identity of the most preferred of those eligible, if it is preferred to us. */
function best(
  line: readonly Standee[],
  seat: Seat,
  { election }: Standing,
  eligible: (one: Standee) => boolean,
): string | undefined {
  const prefer = election.prefer as ((a: Participant, b: Participant) => number) | undefined;
  const everybody = toParticipants(line, undefined).map((participant, i) => ({ participant, standee: line[i]! }));
  const us = everybody.find(({ standee }) => standee.place.name === seat.name);
  const rivals = everybody.filter((one) => one !== us && eligible(one.standee));
  const [first] = rivals.sort((a, b) => prefer?.(a.participant, b.participant) ?? 0);
  return us && first && prefer && prefer(first.participant, us.participant) < 0
    ? identityIn(first.standee.place.name)
    : undefined;
}

function firstTime(standing: Standing, rival: string): boolean {
  standing.passed ??= new Set();
  const { passed } = standing;
  const isNew = !passed.has(rival);
  passed.add(rival);
  return isNew;
}
