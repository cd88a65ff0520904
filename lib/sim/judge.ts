/** What no run of a peer protocol may show. Looks at every step, with the eye of true time. */
import type { NodeId, View } from '../peers/machine.js';

export type Law =
  /** At no instant two nodes believe (law 4). */
  | 'one leader at a time'
  /** Nobody leads under a token under which somebody else, or a former life, has led (law 2). */
  | 'one leader for each token'
  /** Each leadership has a larger token than all before it (law 2). */
  | 'tokens rise'
  /** A belief that has run out, or was given up, does not come back under its token. */
  | 'what has lapsed has ended'
  /** No node forgets a term it was seen to know. */
  | 'terms never go back'
  /** In the calm, somebody leads in time and goes on leading. */
  | 'somebody leads'
  /** And then everybody who runs knows who, unless a fault lasts. */
  | 'everybody knows who leads'
  /** No machine asks for alarms without end at one instant. */
  | 'time goes on';

export interface Violation {
  readonly law: Law;
  readonly atMs: number;
  readonly what: string;
}

export interface Leadership {
  readonly atMs: number;
  readonly node: NodeId;
  readonly token: bigint;
  /** How many messages had been sent, and how many alarms had rung, when it began. */
  readonly messages: number;
  readonly ticks: number;
}

/** A node, as the judge sees it. */
export interface Believer {
  readonly id: NodeId;
  /** Which of its lives this is. */
  readonly life: number;
  /** What anybody can know of it; `undefined` while it is down. */
  readonly view: View | undefined;
  /** Its own clock, now. */
  now(): number;
}

export interface Judge {
  readonly violations: readonly Violation[];
  readonly leaderships: readonly Leadership[];
  /** Something has changed on this node. */
  look(at: Believer): void;
  /** This node's memory is gone: nothing is held against it any more. */
  pardon(node: NodeId): void;
  complain(law: Law, what: string): void;
  /** Whoever believes now. */
  believer(): Believer | undefined;
  /** Complains of those who do not know of the believer. */
  lookForStrangers(): void;
}

/** `now`: the present, in ms of true time, and what has been counted so far. */
export function newJudge(
  nodes: readonly Believer[],
  now: () => { readonly atMs: number; readonly messages: number; readonly ticks: number },
): Judge {
  const violations: Violation[] = [];
  const leaderships: Leadership[] = [];
  const terms = new Map<NodeId, number>();
  const leaders = new Map<bigint, string>();
  const beliefs = new Map<NodeId, { token: bigint; until: number }>();
  let newest = -1n;

  const complain = (law: Law, what: string) => void violations.push({ law, atMs: now().atMs, what });

  function look(node: Believer): void {
    const { id, view } = node;
    if (!view) return;
    const known = terms.get(id) ?? 0;
    if (view.term < known) complain('terms never go back', `${id} knew term ${known} and says ${view.term}`);
    terms.set(id, Math.max(known, view.term));
    if (view.leading && isBelieving(node)) lookAtLeader(node, view.leading);
    else giveUp(id);
  }

  function giveUp(id: NodeId): void {
    const before = beliefs.get(id);
    if (before) beliefs.set(id, { ...before, until: Number.NEGATIVE_INFINITY });
  }

  function lookAtLeader(node: Believer, leading: { token: bigint; until: number }): void {
    const { id, life } = node;
    const before = beliefs.get(id);
    beliefs.set(id, leading);
    if (leaders.get(leading.token) !== `${id} ${life}`) begin(node, leading.token);
    else if (before && before.token === leading.token && before.until <= node.now())
      complain('what has lapsed has ended', `${id} believes again under ${leading.token}`);
    const rival = nodes.find((other) => other !== node && isBelieving(other));
    if (rival) complain('one leader at a time', `${told(node)} and ${told(rival)} believe`);
  }

  function begin({ id, life }: Believer, token: bigint): void {
    const before = leaders.get(token);
    if (before) complain('one leader for each token', `${id} leads under ${token}, as ${before} did`);
    else if (token <= newest) complain('tokens rise', `${id} leads under ${token}, after ${newest}`);
    leaders.set(token, `${id} ${life}`);
    newest = token > newest ? token : newest;
    leaderships.push({ ...now(), node: id, token });
  }

  function lookForStrangers(): void {
    const leader = nodes.find(isBelieving)?.id;
    const strangers = nodes.filter(({ view }) => view && view.leader !== leader).map(({ id }) => id);
    if (strangers.length > 0) complain('everybody knows who leads', `${leader} does, unknown to ${strangers}`);
  }

  return {
    ...{ lookForStrangers, violations, leaderships, look, complain },
    pardon: (node) => void terms.delete(node),
    believer: () => nodes.find(isBelieving),
  };
}

function isBelieving({ view, now }: Believer): boolean {
  return view?.leading !== undefined && now() < view.leading.until;
}

const told = ({ id, view }: Believer) => `${id} (token ${view?.leading?.token})`;
