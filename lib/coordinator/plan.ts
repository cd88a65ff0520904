/**
 * From the table as it is to the next one. @pure
 *
 * Roles without an owner are placed at once. Owned roles move a few at a time: at once where they must go (a node drains,
 * an operator has said so), and for the sake of balance only when members have not come and gone for a while.
 */
import type { Assigner, Candidate, Situation } from './assigner.js';
import type { Order, Table } from './table.js';

/** What the balancer sees at one instant. */
export interface Outlook extends Omit<Situation, 'current' | 'members'> {
  readonly members: readonly Candidate[];
  readonly orders: Readonly<Record<string, Order>>;
  readonly paused: boolean;
  /** For how long nobody has come or gone, in ms. */
  readonly calmForMs: number;
  readonly settleMs: number;
  readonly maxInFlight: number;
  readonly assigner: Assigner;
}

export interface Plan {
  readonly table: Table;
  /** Owned roles whose move begins with this table. */
  readonly begun: readonly string[];
  /** Orders carried out, or such as cannot be. */
  readonly done: readonly string[];
  /** Roles whose last resort is from now on the only eligible node. */
  readonly unclean: ReadonlyMap<string, string>;
  /** False if this is the table that there was. */
  readonly changed: boolean;
}

/** `table.moving` are the moves that have not arrived yet. */
export function plan(table: Table, outlook: Outlook): Plan {
  const draft = new Draft(table, outlook);
  if (table.owners.size === 0 && outlook.calmForMs < outlook.settleMs) return draft.plan();
  draft.settle();
  return draft.plan();
}

class Draft {
  readonly #before: Table;
  readonly #outlook: Outlook;
  readonly #members: ReadonlyMap<string, Candidate>;
  readonly #owners: Map<string, string>;
  readonly #moving: Map<string, string>;
  readonly #pinned: Map<string, string>;
  readonly #orders: ReadonlyMap<string, string>;
  readonly #begun: string[] = [];
  readonly #done: string[] = [];
  readonly #unclean = new Map<string, string>();

  constructor(table: Table, outlook: Outlook) {
    this.#before = table;
    this.#outlook = outlook;
    this.#members = new Map(outlook.members.map((member) => [member.node, member]));
    this.#owners = new Map(table.owners);
    this.#moving = new Map(table.moving);
    this.#pinned = new Map([...table.pinned].filter(([, node]) => this.#members.has(node)));
    this.#orders = this.#possible();
  }

  settle(): void {
    const target = this.#target();
    for (const role of this.#outlook.roles) if (!this.#isServed(role)) this.#place(role, target.get(role) ?? undefined);
    const moves = this.#outlook.roles.filter((role) => this.#wantsToMove(role, target.get(role) ?? undefined));
    const urgent = moves.filter((role) => this.#mustMove(role));
    const next = [...urgent, ...moves.filter((role) => this.#mayMove(role))];
    if (this.#hasRoomFor(next.length)) for (const role of next) this.#begin(role, target.get(role) ?? undefined);
  }

  plan(): Plan {
    const owners = this.#owners;
    const table = { owners, moving: this.#moving, pinned: this.#pinned };
    const changed = this.#done.length > 0 || !isSame(owners, this.#before.owners);
    return { table, begun: this.#begun, done: this.#done, unclean: this.#unclean, changed };
  }

  /** Where each order puts its role. The others are done with. */
  #possible(): ReadonlyMap<string, string> {
    const { orders, roles } = this.#outlook;
    const known = new Set(roles);
    const possible = new Map<string, string>();
    for (const [role, order] of Object.entries(orders)) {
      const to = known.has(role) ? this.#destination(role, order) : undefined;
      if (to !== undefined && to !== this.#owners.get(role)) possible.set(role, to);
      else this.#done.push(role);
      if (to !== undefined && order.kind === 'unclean') this.#unclean.set(role, to);
      if (to !== undefined && order.kind === 'preferred') this.#pinned.delete(role);
      else if (to !== undefined) this.#pinned.set(role, to);
    }
    return possible;
  }

  /** Home is no node where the role has failed lately: nobody would leave it there. */
  #destination(role: string, order: Order): string | undefined {
    const { preferred, eligible, avoid } = this.#outlook;
    const may = (node: string) =>
      isActive(this.#members.get(node)) && (order.kind === 'unclean' || (eligible?.get(role)?.includes(node) ?? true));
    if (order.kind !== 'preferred') return may(order.to) ? order.to : undefined;
    return preferred?.get(role)?.find((node) => may(node) && !avoid?.get(role)?.has(node));
  }

  #target(): ReturnType<Assigner> {
    const { assigner, preferred = new Map(), eligible = new Map(), ...rest } = this.#outlook;
    const homes = [...this.#pinned].map(([role, node]) => [role, [node, ...(preferred.get(role) ?? [])]] as const);
    const able = [...this.#unclean].map(([role, node]) => [role, [node]] as const);
    return assigner({
      ...rest,
      current: new Map([...this.#owners, ...this.#orders]),
      preferred: new Map([...preferred, ...homes]),
      eligible: new Map([...eligible, ...able]),
    });
  }

  /** Somebody is there to have it, and it has not failed there. */
  #isServed(role: string): boolean {
    const owner = this.#owners.get(role);
    return owner !== undefined && this.#members.has(owner) && !this.#outlook.avoid?.get(role)?.has(owner);
  }

  #place(role: string, node: string | undefined): void {
    this.#moving.delete(role);
    this.#carryOut(role, node);
  }

  #wantsToMove(role: string, node: string | undefined): boolean {
    return this.#isServed(role) && !this.#moving.has(role) && this.#owners.get(role) !== node;
  }

  /** Its node drains or may not have it any more, or an operator has said so. */
  #mustMove(role: string): boolean {
    const owner = this.#owners.get(role)!;
    const eligible = this.#outlook.eligible?.get(role)?.includes(owner) ?? true;
    return this.#orders.has(role) || !eligible || !isActive(this.#members.get(owner));
  }

  #mayMove(role: string): boolean {
    const { paused, calmForMs, settleMs } = this.#outlook;
    return !paused && calmForMs >= settleMs && !this.#mustMove(role);
  }

  /** For all of them, or for half of the most: every node reads every table, so not one for each move that arrives. */
  #hasRoomFor(moves: number): boolean {
    const { maxInFlight } = this.#outlook;
    return maxInFlight - this.#moving.size >= Math.min(moves, maxInFlight / 2);
  }

  #begin(role: string, node: string | undefined): void {
    if (this.#moving.size >= this.#outlook.maxInFlight) return;
    this.#moving.set(role, this.#owners.get(role)!);
    this.#begun.push(role);
    this.#carryOut(role, node);
  }

  #carryOut(role: string, node: string | undefined): void {
    if (node === undefined) this.#owners.delete(role);
    else this.#owners.set(role, node);
    if (this.#orders.has(role)) this.#done.push(role);
  }
}

const isActive = (member: Candidate | undefined): boolean =>
  member !== undefined && (member.state ?? 'active') === 'active';

const isSame = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([role, node]) => b.get(role) === node);
