/**
 * How a roster changes.
 *
 * @pure
 */
import type { NodeId } from './machine.js';
import { type Candidate, type Claim, claimOf, nextOrder, placesOf, type Roster, type Told } from './roster.js';

const owning = (roster: Roster, own: Partial<Told>): Roster => ({ ...roster, own: { ...roster.own, ...own } });

// What does not change stays the same object: else a node would tell it again, and be answered, without end.

/** A candidate of this node takes a place. */
export function enter(roster: Roster, candidate: Candidate): Roster {
  return order(owning(roster, { candidates: [...roster.own.candidates, candidate] }));
}

/** A candidate of this node is on its way out: it neither leads nor is told of any more. */
export function depart(roster: Roster, name: string, nominee?: string): Roster {
  const leaving = roster.own.candidates.find((one) => one.name === name);
  if (!leaving) return roster;
  const candidates = roster.own.candidates.filter((one) => one.name !== name);
  const left = { ...owning(roster, { candidates }), leaving };
  return roster.own.claim?.name === name ? yieldClaim(left, nominee) : left;
}

/** It is out. */
export const departed = (roster: Roster): Roster => ({ ...roster, leaving: undefined });

/** This node leads no more; `nominee` should be the next. */
export function yieldClaim(roster: Roster, nominee?: string): Roster {
  return owning(roster, { claim: undefined, orders: new Map(), nominee });
}

/** One of this node's candidates leads. All of them are in line by that. */
export function claim(roster: Roster, claim: Claim): Roster {
  const candidates = roster.own.candidates.map((one) => ({ ...one, settled: true }));
  return order(owning(roster, { candidates, claim, nominee: undefined }));
}

/** A peer told of itself. Newcomers get their order if we lead; ours take theirs if the peer does. */
export function hear(roster: Roster, node: NodeId, told: Told): Roster {
  const named = told.claim && roster.own.nominee !== undefined ? owning(roster, { nominee: undefined }) : roster;
  const now = { ...named, heard: new Map([...roster.heard, [node, told] as const]) };
  return order(claimOf(now)?.node === node ? settle(now, told.orders) : now);
}

/** A peer is out of reach. */
export function forget(roster: Roster, node: NodeId): Roster {
  if (!roster.heard.has(node)) return roster;
  return { ...roster, heard: new Map([...roster.heard].filter(([other]) => other !== node)) };
}

/** The leader has said where we stand. */
function settle(roster: Roster, orders: ReadonlyMap<string, number>): Roster {
  const isNew = (one: Candidate) => !one.settled && orders.has(one.name);
  const { candidates } = roster.own;
  if (!candidates.some(isNew)) return roster;
  const settled = (one: Candidate) => ({ ...one, order: orders.get(one.name) ?? one.order, settled: true });
  return owning(roster, { candidates: candidates.map((one) => (isNew(one) ? settled(one) : one)) });
}

/** Who leads gives everybody it has heard of an order; newcomers come last, the earlier first. */
function order(roster: Roster): Roster {
  const { claim, orders } = roster.own;
  if (!claim) return remember(roster);
  const places = placesOf(roster);
  const given = new Map(places.filter(({ settled }) => settled).map(({ name, order }) => [name, order]));
  let next = nextOrder(owning(roster, { orders: given }));
  for (const { name } of places) {
    if (given.has(name)) continue;
    given.set(name, next);
    next += 1;
  }
  return remember(settle(isSame(given, orders) ? roster : owning(roster, { orders: given }), given));
}

function remember(roster: Roster): Roster {
  const highest = nextOrder(roster) - 1;
  return highest === roster.highest ? roster : { ...roster, highest };
}

const isSame = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>) =>
  a.size === b.size && [...a].every(([name, order]) => b.get(name) === order);
