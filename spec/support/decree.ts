/**
 * The smallest protocol that needs every part of the shell: one node, the arbiter, grants leases to the others. Nobody
 * leads while it is away, so it is no protocol for users; but it excludes, hands over and forgets nobody.
 */
import type { Effect, Machine, NodeId, Standing } from '../../lib/peers/machine.js';
import type { Protocol } from '../../lib/peers/protocol.js';

interface Want {
  readonly type: 'want';
  readonly standing?: Standing;
  readonly sent: number;
}
interface Grant {
  readonly type: 'grant';
  readonly sent: number;
  readonly leader?: NodeId;
  readonly token: number;
}
interface Release {
  readonly type: 'release';
  readonly token: number;
  readonly to?: NodeId;
}
type Message = Want | Grant | Release;

interface State {
  readonly standing?: Standing;
  readonly leader?: NodeId;
  readonly lead?: { readonly token: number; readonly until: number };
  /** What was given up: not taken again. */
  readonly spent: number;
  /** The arbiter's own. */
  readonly standings: ReadonlyMap<NodeId, Standing>;
  readonly holder?: { readonly node: NodeId; readonly until: number };
  readonly token: number;
}

export interface DecreeOptions {
  readonly self: NodeId;
  readonly arbiter: NodeId;
  readonly leaseMs: number;
}

/** Its record is the largest token granted. */
export function decree({ self, arbiter, leaseMs }: DecreeOptions): Protocol<State, Message, number> {
  const want = (state: State, at: number): Effect<Message, number> => ({
    type: 'send',
    to: arbiter,
    message: { type: 'want', sent: at, ...(state.standing && { standing: state.standing }) },
  });
  const asked = (state: State, at: number): readonly [State, readonly Effect<Message, number>[]] => [
    state,
    [want(state, at), { type: 'alarm', at: at + leaseMs / 4 }],
  ];
  const machine: Machine<State, Message, number> = {
    init: (saved) => ({ spent: -1, standings: new Map(), token: saved ?? 0 }),
    step(before, { at, event }) {
      const state = before.lead && at >= before.lead.until ? { ...before, lead: undefined } : before;
      switch (event.type) {
        case 'start':
        case 'alarm':
          return asked(state, at);
        case 'stand':
          if (!event.standing && state.lead) return give({ ...before, standing: undefined }, arbiter, undefined);
          return asked({ ...state, standing: event.standing }, at);
        case 'release':
          return give(state, arbiter, event.to);
        case 'message':
          if (event.message.type === 'grant') return [take(state, event.message, self, leaseMs), []];
          return arbitrate(state, event.from, event.message, at, leaseMs);
        default:
          return [state, []];
      }
    },
    view: ({ leader, lead, token }) => ({
      term: token,
      leader,
      leading: lead && { token: BigInt(lead.token), until: lead.until },
      statistics: { elections: 0, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: undefined },
    }),
    decode: (message) => message as Message,
  };
  return {
    guarantee: 'lease',
    machine: () => machine,
    canElect: (reachable) => reachable.has(arbiter),
  };
}

type Stepped = readonly [State, readonly Effect<Message, number>[]];

function give(state: State, arbiter: NodeId, to: NodeId | undefined): Stepped {
  const { lead } = state;
  if (!lead) return [state, []];
  const message: Release = { type: 'release', token: lead.token, ...(to !== undefined && { to }) };
  const left = { ...state, lead: undefined, leader: undefined, spent: lead.token };
  return [left, [{ type: 'send', to: arbiter, message }]];
}

function take(state: State, { sent, leader, token }: Grant, self: NodeId, leaseMs: number): State {
  if (leader !== self) return { ...state, leader, lead: undefined };
  if (token <= state.spent || !state.standing) return state;
  const until = Math.max(sent + leaseMs, state.lead?.token === token ? state.lead.until : 0);
  return { ...state, leader, lead: { token, until } };
}

/** The arbiter's part. A holder that does not ask for longer loses its lease, by the arbiter's own clock. */
function arbitrate(state: State, from: NodeId, message: Message, at: number, leaseMs: number): Stepped {
  const standings = new Map(state.standings);
  if (message.type === 'want') {
    if (message.standing) standings.set(from, message.standing);
    else standings.delete(from);
  }
  let next: State = { ...state, standings };
  if (message.type === 'release' && message.token === state.token && state.holder?.node === from) {
    standings.delete(from);
    next = { ...next, holder: undefined };
    if (message.to !== undefined) next = grantTo(next, message.to, at, leaseMs);
  }
  if (next.holder && at >= next.holder.until) {
    standings.delete(next.holder.node);
    next = { ...next, holder: undefined };
  }
  const [best] = [...standings].sort(([a, x], [b, y]) => y.weight - x.weight || x.order - y.order || (a < b ? -1 : 1));
  if (!next.holder && best) next = grantTo(next, best[0], at, leaseMs);
  else if (next.holder?.node === from && message.type === 'want' && message.standing)
    next = { ...next, holder: { node: from, until: at + leaseMs } };
  const effects: Effect<Message, number>[] = next.token > state.token ? [{ type: 'save', record: next.token }] : [];
  if (message.type !== 'want') return [next, effects];
  const { token, holder } = next;
  const grant: Grant = { type: 'grant', sent: message.sent, token, ...(holder && { leader: holder.node }) };
  return [next, [...effects, { type: 'send', to: from, message: grant }]];
}

const grantTo = (state: State, node: NodeId, at: number, leaseMs: number): State => ({
  ...state,
  token: state.token + 1,
  holder: { node, until: at + leaseMs },
});
