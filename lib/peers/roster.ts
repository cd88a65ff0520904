/**
 * Who stands in one election, as one node knows it. Machines decide which node leads; this decides who of its candidates
 * does, and in which order the others come.
 *
 * Every node tells its peers who stands on it. Whoever leads gives the newcomers it hears of their order, and tells it
 * to all: a candidate is in line once the leader has said so. Before there is a leader, an order is one more than the
 * largest known (Lamport's clock), and equal ones are told apart by the nodes' ids.
 *
 * @pure
 */
import type { NodeId, Standing } from './machine.js';

/** One candidate, as its node tells of it. */
export interface Candidate {
  /** Unique for each place in line. */
  readonly name: string;
  readonly id: string;
  readonly weight: number;
  readonly order: number;
  /** True once a leader has given it its order. */
  readonly settled: boolean;
  /** In ms since the epoch, by its node's clock. */
  readonly since: number;
  readonly data: unknown;
  readonly host: string;
  readonly pid: number;
}

/** Who leads, as its node tells. */
export interface Claim {
  readonly name: string;
  readonly token: bigint;
  readonly since: number;
}

/** What a node tells of itself in one election. */
export interface Told {
  readonly candidates: readonly Candidate[];
  readonly claim: Claim | undefined;
  /** Whom its last leader named for the next, by name; nobody once somebody has led since. */
  readonly nominee: string | undefined;
  /** With a claim: the order of everybody it has heard of, by name. */
  readonly orders: ReadonlyMap<string, number>;
}

export interface Roster {
  readonly self: NodeId;
  readonly own: Told;
  /** On its way out: stands still, and leads no more. */
  readonly leaving: Candidate | undefined;
  readonly heard: ReadonlyMap<NodeId, Told>;
  /** The largest order this node has ever known: none is given twice, though whoever had it may have left. */
  readonly highest: number;
}

/** A candidate at its place. */
export interface Place extends Candidate {
  readonly node: NodeId;
}

const nothing: Told = { candidates: [], claim: undefined, nominee: undefined, orders: new Map() };

export const emptyRoster = (self: NodeId): Roster => ({
  ...{ self, own: nothing, leaving: undefined, heard: new Map(), highest: 0 },
});

/** Everybody who tells something, this node first. */
const all = ({ self, own, heard }: Roster): readonly (readonly [NodeId, Told])[] => [[self, own], ...heard];

/** The valid claim: that with the largest token. */
export function claimOf(roster: Roster): (Claim & { readonly node: NodeId }) | undefined {
  return all(roster)
    .flatMap(([node, { claim }]) => (claim ? [{ ...claim, node }] : []))
    .reduce<(Claim & { readonly node: NodeId }) | undefined>(
      (best, claim) => (best && best.token > claim.token ? best : claim),
      undefined,
    );
}

/** In order of succession: the leader, then the heavier, then who came earlier; last, whom no leader has heard of yet. */
export function placesOf(roster: Roster): readonly Place[] {
  const claim = claimOf(roster);
  const orders = ordersOf(roster);
  const leads = (place: Place) => Number(place.name === claim?.name);
  return all(roster)
    .flatMap(([node, { candidates }]) => candidates.map((one): Place => ({ ...one, node })))
    .map((place) => {
      const order = place.settled ? place.order : orders.get(place.name);
      return order === undefined ? place : { ...place, order, settled: true };
    })
    .sort((a, b) => leads(b) - leads(a) || bySeniority(a, b));
}

/** What the leader's node has given. */
function ordersOf(roster: Roster): ReadonlyMap<string, number> {
  const claim = claimOf(roster);
  if (!claim) return new Map();
  return (claim.node === roster.self ? roster.own : roster.heard.get(claim.node))?.orders ?? new Map();
}

export type Verdict =
  | { readonly is: 'gone' }
  | { readonly is: 'leader'; readonly token: bigint }
  | { readonly is: 'waiting'; readonly ahead: number }
  /** Nobody leads, or the leader has not heard of it yet. */
  | { readonly is: 'open' };

/** What this node's roster says to one of its own candidates. */
export function verdict(roster: Roster, name: string): Verdict {
  const { candidates, claim } = roster.own;
  if (!candidates.some((one) => one.name === name)) return { is: 'gone' };
  if (claim?.name === name) return { is: 'leader', token: claim.token };
  if (!ordersOf(roster).has(name)) return { is: 'open' };
  return { is: 'waiting', ahead: placesOf(roster).findIndex((place) => place.name === name) };
}

export function sameVerdict(a: Verdict, b: Verdict): boolean {
  if (a.is === 'leader') return b.is === 'leader' && a.token === b.token;
  if (a.is === 'waiting') return b.is === 'waiting' && a.ahead === b.ahead;
  return a.is === b.is;
}

/** One more than the largest order ever known. */
export function nextOrder(roster: Roster): number {
  const known = [
    ...all(roster).flatMap(([, told]) => told.candidates.map(({ order }) => order)),
    ...ordersOf(roster).values(),
  ];
  return 1 + Math.max(roster.highest, ...known);
}

/** What the node stands with in its machine: its best candidate. Who is leaving counts only while nobody else is left. */
export function standingOf({ own, leaving }: Roster, ready: (one: Candidate) => boolean): Standing | undefined {
  const standing = own.candidates.filter((one) => ready(one) || one.name === own.claim?.name);
  const [best] = [...(standing.length > 0 ? standing : leaving ? [leaving] : [])].sort(bySeniority);
  return best && { weight: best.weight, order: best.order };
}

const bySeniority = (a: Candidate, b: Candidate) =>
  b.weight - a.weight || Number(b.settled) - Number(a.settled) || a.order - b.order || (a.name < b.name ? -1 : 1);

/** Has its predecessor named it for the next? */
export const isNamed = (roster: Roster, name: string): boolean =>
  all(roster).some(([, { nominee }]) => nominee === name);

/** Which of its own candidates leads when the node does: the one that was named, else the best. */
export function heirAtHome(roster: Roster): Candidate | undefined {
  const { candidates } = roster.own;
  return candidates.find(({ name }) => isNamed(roster, name)) ?? [...candidates].sort(bySeniority)[0];
}
