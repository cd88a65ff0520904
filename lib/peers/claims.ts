/** From what the machine says to who leads here. */
import { distinctUntilChanged, EMPTY, map, type Subscription, switchMap } from 'rxjs';
import type { Cell } from '../election/cell.js';
import { type Clock, reached } from '../options.js';
import type { Belief } from './belief.js';
import type { NodeId } from './machine.js';
import type { Asked, Wish } from './office.js';
import { type Candidate, claimOf, heirAtHome, isNamed, type Place, placesOf, type Roster } from './roster.js';
import { claim, yieldClaim } from './roster-changes.js';
import type { Running } from './run.js';
import { heirOf, isBetter } from './succession.js';

export interface ClaimsOptions {
  readonly roster: Cell<Roster>;
  readonly asked: Cell<Asked | undefined>;
  readonly running: Running<never>;
  readonly wishes: ReadonlyMap<string, Wish>;
  /** Who was evicted or has handed over, and stands again: it lets the others go first until one of them leads. */
  readonly returned: Set<string>;
  readonly belief: Belief;
  readonly clock: Clock;
  readonly release: (to: NodeId | undefined) => void;
}

/** Claims when the machine leads, and lets go when it does not, or when the belief in it is over. */
export function followClaims(options: ClaimsOptions): Subscription {
  const { roster, running, belief, clock, release } = options;
  const claims = createClaims(options);
  const review = () => {
    belief.looked();
    const { claim: held } = roster.now.own;
    const { leading } = running.view;
    if (held && !belief.holds(held.token)) {
      roster.update((now) => yieldClaim(now));
      if (leading?.token === held.token) release(undefined);
    } else if (leading && !held) claims.take(leading.token);
  };
  const ends$ = running.view$.pipe(
    map(({ leading }) => leading?.until),
    distinctUntilChanged(),
    switchMap((until) => (until !== undefined && Number.isFinite(until) ? reached(clock, () => until) : EMPTY)),
  );
  const following = running.view$.subscribe(review);
  following.add(ends$.subscribe(review));
  following.add(roster.value$.subscribe(claims.look));
  return following;
}

function createClaims({ roster, asked, wishes, returned, clock, release }: ClaimsOptions) {
  /** The last leadership that was claimed or passed on: none is claimed twice. */
  let spent = -1n;
  /** The largest order at the last claim: whoever has a larger one is a newcomer. */
  let newest = 0;
  /** Who has passed in this vacancy: nobody does twice. */
  const passed = new Set<string>();

  const take = (token: bigint) => {
    if (token <= spent) return;
    spent = token;
    const home = heirAtHome(roster.now);
    // The last has just left, and the machine is about to hear of it. Released now, a node alone would win at once again.
    if (!home) return;
    const heir = betterThan(home);
    if (!heir) return lead(home, token);
    passed.add(home.name);
    roster.update((now) => yieldClaim(now, heir.name));
    release(heir.node);
  };
  const lead = ({ name }: Candidate, token: bigint) => {
    roster.update((now) => claim(now, { name, token, since: clock.wall() }));
    newest = Math.max(...roster.now.own.orders.values());
  };
  const betterThan = ({ name }: Candidate): Place | undefined => {
    const prefer = wishes.get(name)?.prefer;
    if (passed.has(name) || isNamed(roster.now, name) || !(prefer || returned.has(name))) return undefined;
    const places = placesOf(roster.now);
    const others = places.filter((one) => one.name !== name);
    const own = places.filter((one) => one.name === name);
    const heir = heirOf(returned.has(name) ? [...others, ...own] : [...own, ...others], prefer);
    return heir?.name === name ? undefined : heir;
  };
  /** Ends the vacancy when somebody leads, and with `preempt` the leadership when somebody better joins. */
  const look = (now: Roster) => {
    if (claimOf(now)) {
      passed.clear();
      returned.clear();
    }
    const { claim: held } = now.own;
    const { prefer, preempt = false } = wishes.get(held?.name ?? '') ?? {};
    if (!held || !preempt) return;
    const [leader, ...others] = placesOf(now);
    const isOutranked = others.some((one) => one.order > newest && leader && isBetter(one, leader, prefer));
    if (isOutranked)
      asked.update((before) => (before?.token === held.token ? before : { token: held.token, to: undefined }));
  };
  return { take, look };
}
