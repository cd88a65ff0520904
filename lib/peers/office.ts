/** One election on one node: its machine, its roster, and the claim that follows from both. */
import { combineLatest, distinctUntilChanged, filter, map, type Observable, Subscription, skipWhile, take } from 'rxjs';
import { type Cell, createCell } from '../election/cell.js';
import type { ResolvedElectionOptions } from '../election/options.js';
import type { Clock } from '../options.js';
import { createBelief } from './belief.js';
import { followClaims } from './claims.js';
import type { NodeId, Standing } from './machine.js';
import { type Candidate, emptyRoster, placesOf, type Roster, standingOf } from './roster.js';
import { depart, departed, enter, yieldClaim } from './roster-changes.js';
import type { Running } from './run.js';
import { heirOf } from './succession.js';

export type Wish = Pick<ResolvedElectionOptions, 'prefer' | 'preempt'>;

/** A leadership that is to be handed over once its work has drained. */
export interface Asked {
  readonly token: bigint;
  readonly to: string | undefined;
}

export interface OfficeOptions {
  readonly self: NodeId;
  readonly election: string;
  readonly clock: Clock;
  readonly running: Running<never>;
  /** True once the node knows its peers well enough to say how long its candidates have stood. Replays. */
  readonly settled$: Observable<boolean>;
}

export interface Office {
  readonly election: string;
  readonly roster: Cell<Roster>;
  readonly asked: Cell<Asked | undefined>;
  readonly running: Running<never>;
  holds(token: bigint): boolean;
  /** `returns`: it stood before, and was evicted. */
  enter(candidate: Candidate, wish: Wish, returns: boolean): void;
  /** Takes it out of the line, and lets go of what it leads. Idempotent. */
  leave(name: string): void;
  /** The same for a leader that goes to the back of the line under its new name. */
  handOver(name: string, again: Candidate, to: string | undefined): void;
  /** Completes once the machine has let go of that leadership. */
  released(token: bigint): Observable<unknown>;
  close(): void;
}

export function openOffice(options: OfficeOptions): Office {
  const { running, self, election, clock } = options;
  const roster = createCell(emptyRoster(self));
  const asked = createCell<Asked | undefined>(undefined);
  const belief = createBelief(roster, running, clock);
  const wishes = new Map<string, Wish>();
  const returned = new Set<string>();
  const release = (to: NodeId | undefined) => running.input({ type: 'release', ...(to !== undefined && { to }) });
  const following = new Subscription();
  following.add(
    standings(roster, options.settled$).subscribe((standing) => running.input({ type: 'stand', standing })),
  );
  following.add(followClaims({ roster, asked, running, wishes, returned, belief, clock, release }));
  return {
    election,
    roster,
    asked,
    running,
    holds: belief.holds,
    enter(candidate, wish, returns) {
      wishes.set(candidate.name, wish);
      if (returns) returned.add(candidate.name);
      roster.update((now) => enter(now, candidate));
    },
    leave(name) {
      const leads = roster.now.own.claim?.name === name;
      const others = placesOf(roster.now).filter((place) => place.name !== name);
      const heir = leads ? heirOf(others, wishes.get(name)?.prefer) : undefined;
      roster.update((now) => depart(now, name, heir?.name));
      if (leads) release(heir?.node);
      roster.update(departed);
      wishes.delete(name);
    },
    handOver(name, again, to) {
      const wish = wishes.get(name);
      if (wish) wishes.set(again.name, wish);
      returned.add(again.name);
      wishes.delete(name);
      const after = enter(depart(roster.now, name), again);
      const heir = heirOf(placesOf(after), wish?.prefer, to);
      roster.update(() => yieldClaim(after, heir?.name));
      release(heir?.node);
      roster.update(departed);
    },
    released: (token) =>
      running.view$.pipe(
        filter(({ leading }) => leading?.token !== token),
        take(1),
      ),
    close: () => {
      running.stop();
      following.unsubscribe();
    },
  };
}

/** What the machine is told of this node's candidates. Before the node knows its peers, those alone that a leader knows. */
function standings(roster: Cell<Roster>, settled$: Observable<boolean>): Observable<Standing | undefined> {
  return combineLatest([roster.value$, settled$]).pipe(
    map(([now, settled]) => standingOf(now, (one) => settled || one.settled)),
    distinctUntilChanged((a, b) => a?.weight === b?.weight && a?.order === b?.order),
    skipWhile((standing) => standing === undefined),
  );
}
