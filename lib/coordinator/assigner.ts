/**
 * Who should own which role: pure and deterministic, so that it is proved by properties and any balancer comes to the
 * same. @pure
 *
 * Owned roles stay where they are unless they must go (their node drains, may not have them, or is gone), a preferred
 * node has been back for long enough, or a node has more than its share. Shares follow D'Hondt: the next role goes where
 * roles per weight would be fewest. That method is consistent: when a node goes, its roles alone are dealt out anew.
 */

export interface Candidate {
  readonly node: string;
  /** Its share of the roles, relative to the others'. More than 0. */
  readonly weight: number;
  /** Among nodes that are equal otherwise, roles are spread over the zones. */
  readonly zone?: string | undefined;
  /** For how long it has been a member, in ms. */
  readonly forMs: number;
  /** `draining` and `leaving` get nothing; a role that nobody else can have stays on a draining one. @default 'active' */
  readonly state?: 'active' | 'draining' | 'leaving';
}

export interface Situation {
  readonly roles: readonly string[];
  readonly members: readonly Candidate[];
  /** Owners by role; one that is no member counts as none. */
  readonly current: ReadonlyMap<string, string>;
  /** The best node first. */
  readonly preferred?: ReadonlyMap<string, readonly string[]>;
  /** Who may have a role at all; a role that is not named here: everybody. */
  readonly eligible?: ReadonlyMap<string, readonly string[]>;
  /** Where a role has failed lately: not there, if there is anybody else. */
  readonly avoid?: ReadonlyMap<string, ReadonlySet<string>>;
  /** An owned role goes back to a preferred node only when that has been a member for this long, in ms. @default 0 */
  readonly failbackAfterMs?: number;
}

/** A node for each role, `null` where nobody may have it. */
export type Assignment = ReadonlyMap<string, string | null>;
export type Assigner = (situation: Situation) => Assignment;

/** The default: sticky, weighted, preferred-aware, zone-aware. */
export const assign: Assigner = (situation) => {
  const board = new Board(situation);
  const homeless = situation.roles.filter((role) => !board.keep(role));
  for (const role of homeless) board.place(role);
  board.level();
  return board.assignment();
};

interface Node extends Candidate {
  /** In the order they came: the last is the first to go. */
  readonly roles: Set<string>;
}

/** The nodes with the roles dealt out so far. */
class Board {
  readonly #situation: Situation;
  readonly #nodes: readonly Node[];
  readonly #byId: ReadonlyMap<string, Node>;
  readonly #owner = new Map<string, Node | undefined>();
  readonly #zones = new Map<string | undefined, number>();

  constructor(situation: Situation) {
    this.#situation = situation;
    const sorted = [...situation.members].sort((a, b) => (a.node < b.node ? -1 : 1));
    this.#nodes = sorted.map((member) => ({ ...member, roles: new Set<string>() }));
    this.#byId = new Map(this.#nodes.map((node) => [node.node, node]));
  }

  /** Leaves an owned role where it is, or takes it home; false if it must be placed. */
  keep(role: string): boolean {
    const owner = this.#byId.get(this.#situation.current.get(role) ?? '');
    if (!owner) return false;
    const open = this.#open(role);
    if (open.length === 0 && owner.state === 'draining' && this.#mayHave(role, owner)) this.#give(role, owner);
    else if (!open.includes(owner)) return false;
    else this.#give(role, this.#home(role, open, owner) ?? owner);
    return true;
  }

  place(role: string): void {
    const open = this.#open(role);
    const home = this.#preferred(role)
      .map((id) => open.find(({ node }) => node === id))
      .find((node) => node !== undefined);
    this.#give(role, home ?? open.reduce<Node | undefined>((best, node) => this.#lighter(best, node), undefined));
  }

  /** Moves one role after another from a node that has more than its share, until none has. */
  level(): void {
    while (this.#levelOne());
  }

  assignment(): Assignment {
    return new Map(this.#situation.roles.map((role) => [role, this.#owner.get(role)?.node ?? null]));
  }

  #levelOne(): boolean {
    const active = this.#nodes.filter(isActive);
    const heaviest = [...active].sort((a, b) => loadOf(b) - loadOf(a));
    const lightest = [...active].sort((a, b) => loadWith(a) - loadWith(b));
    for (const from of heaviest)
      for (const to of lightest) {
        if (loadWith(to) >= loadOf(from)) break;
        const role = [...from.roles].reverse().find((one) => this.#movable(one, from, to));
        if (role === undefined) continue;
        this.#give(role, to);
        return true;
      }
    return false;
  }

  /** A role on its preferred node stays there; and it does not come home before its time. */
  #movable(role: string, from: Node, to: Node): boolean {
    const open = this.#open(role);
    const preferred = this.#preferred(role).filter((id) => open.some(({ node }) => node === id));
    if (preferred.includes(from.node)) return false;
    return open.includes(to) && (!preferred.includes(to.node) || this.#isBack(to));
  }

  /** The preferred node that is better than where it is, and has been back for long enough. */
  #home(role: string, open: readonly Node[], owner: Node): Node | undefined {
    const preferred = this.#preferred(role);
    const rank = preferred.indexOf(owner.node);
    const better = rank < 0 ? preferred : preferred.slice(0, rank);
    return better
      .map((id) => open.find(({ node }) => node === id))
      .find((node) => node !== undefined && this.#isBack(node));
  }

  #isBack({ forMs }: Node): boolean {
    return forMs >= (this.#situation.failbackAfterMs ?? 0);
  }

  #preferred(role: string): readonly string[] {
    return this.#situation.preferred?.get(role) ?? [];
  }

  /** Who may be given the role: without those it failed on, if anybody is left then. */
  #open(role: string): readonly Node[] {
    const { eligible, avoid } = this.#situation;
    const open = this.#nodes.filter(isActive);
    if (!eligible?.has(role) && !avoid?.has(role)) return open;
    const able = open.filter((node) => this.#mayHave(role, node));
    const fine = able.filter(({ node }) => !avoid?.get(role)?.has(node));
    return fine.length > 0 ? fine : able;
  }

  #mayHave(role: string, { node }: Node): boolean {
    return this.#situation.eligible?.get(role)?.includes(node) ?? true;
  }

  #lighter(best: Node | undefined, node: Node): Node {
    if (!best) return node;
    const less = loadWith(node) - loadWith(best) || this.#zoneLoad(node) - this.#zoneLoad(best);
    return less < 0 ? node : best;
  }

  #zoneLoad({ zone }: Node): number {
    return this.#zones.get(zone) ?? 0;
  }

  #give(role: string, to: Node | undefined): void {
    const from = this.#owner.get(role);
    from?.roles.delete(role);
    to?.roles.add(role);
    this.#owner.set(role, to);
    if (from) this.#zones.set(from.zone, this.#zoneLoad(from) - 1);
    if (to) this.#zones.set(to.zone, this.#zoneLoad(to) + 1);
  }
}

const isActive = ({ state }: Candidate): boolean => (state ?? 'active') === 'active';
const loadOf = ({ roles, weight }: Node): number => roles.size / weight;
const loadWith = ({ roles, weight }: Node): number => (roles.size + 1) / weight;
