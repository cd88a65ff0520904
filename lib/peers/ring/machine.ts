/**
 * Who should claim, by the ring algorithm (E. Chang and R. Roberts, "An Improved Algorithm for Decentralized
 * Extrema-Finding in Circular Configurations of Processes", CACM 22(5), 1979). @pure
 *
 * The members stand in a ring, by name. Whoever notices that nobody leads sends its standing around. Each passes on
 * what outranks it, and swallows what it outranks itself, sending its own instead if it has not yet. Who gets its own
 * back takes over, and tells everybody by one more round. The paper's numbers are standings here.
 *
 * A neighbour that has died is passed over (G. Le Lann, "Distributed Systems: Towards a Formal Approach", IFIP 1977, has
 * the ring repaired like this): each hop is acknowledged, and what is not goes to the next but one. A probe whose
 * sender has died comes by once too often and is dropped. An acknowledgement that is late sends the same thing twice;
 * each node passes it on once, or on a slow machine one probe would become thousands.
 */
import type { Algorithm, Choice, Context, Occasion } from '../algorithm.js';
import { isEpoch, isFields, isNode, isStanding } from '../claim-messages.js';
import { patienceMs } from '../claimant.js';
import type { NodeId, Standing } from '../machine.js';
import { outranks, type Ranked } from '../rank.js';

/** What goes around, and how many hops it has made. */
export type Passed =
  | {
      readonly type: 'probe';
      readonly node: NodeId;
      readonly standing: Standing;
      /** Tells this round from all others, by chance. */
      readonly round: number;
      readonly hops: number;
    }
  | { readonly type: 'elected'; readonly node: NodeId; readonly epoch: number; readonly hops: number };

/** `hop` numbers what one node passes on, so that the next can say it came. */
export type RingMessage = (Passed & { readonly hop: number }) | { readonly type: 'ack'; readonly hop: number };

export interface Ring {
  /** This node has sent its own standing around, or a better one: it sends its own no more. */
  readonly takesPart: boolean;
  /** When to begin again, if nobody leads by then. */
  readonly again: number;
  /** Passed on, not yet acknowledged. */
  readonly pending: readonly Pending[];
  readonly hop: number;
  /** Neighbours that did not acknowledge, and have not been heard of since. */
  readonly down: ReadonlySet<NodeId>;
  /** The rounds and the news of leaders that this node has passed on last. */
  readonly passed: readonly string[];
}

interface Pending {
  readonly to: NodeId;
  readonly passed: Passed;
  readonly hop: number;
  readonly until: number;
}
type Chosen = Choice<Ring, RingMessage>;

const ROUNDS = 2 ** 48;
/** Of so many things a node remembers that it has passed them on. */
const MOST_REMEMBERED = 100;
const NEVER = Number.POSITIVE_INFINITY;
const NOBODY: ReadonlySet<NodeId> = new Set();

export const circling: Algorithm<Ring, RingMessage> = {
  preempts: false,
  init: () => ({ takesPart: false, again: NEVER, pending: [], hop: 0, down: NOBODY, passed: [] }),
  step,
  alarmAt: ({ again, pending }) => Math.min(again, ...pending.map(({ until }) => until)),
  round: () => 0,
  decode,
};

function step(state: Ring, occasion: Occasion<RingMessage>, context: Context): Chosen {
  switch (occasion.type) {
    case 'stand':
      return context.vacant ? hold(state, context) : { state };
    case 'vacant':
      return hold(state, context);
    case 'led':
      return { state: { ...state, takesPart: false, again: NEVER, down: NOBODY } };
    case 'won':
      return pass(
        rest(state),
        { type: 'elected', node: context.options.self, epoch: occasion.epoch, hops: 0 },
        context,
      );
    case 'failed':
      return { state: { ...rest(state), again: context.at + context.options.answerMs * (0.5 + context.random) } };
    case 'lost':
      return reroute(
        { ...state, down: new Set([...state.down, occasion.node]) },
        context,
        ({ to }) => to === occasion.node,
      );
    case 'alarm':
      return wake(state, context);
    case 'message':
      return receive(state, occasion.from, occasion.message, context);
    case 'start':
      return { state };
  }
}

/** Sends this node's standing around. */
function hold(state: Ring, context: Context): Chosen {
  const { standing, options, random } = context;
  if (!standing) return { state: rest(state) };
  const part = { ...state, takesPart: true, again: tooLate(context) };
  const round = Math.floor(random * ROUNDS);
  return { ...pass(part, { type: 'probe', node: options.self, standing, round, hops: 0 }, context), began: true };
}

/** By then a probe has come around, and what came of it, even where some hops went to the dead. */
const tooLate = ({ at, options, members }: Context): number =>
  at + 2 * patienceMs(options) + (members.length * options.answerMs) / 4;

function wake(state: Ring, context: Context): Chosen {
  const moved = reroute(state, context, ({ until }) => context.at >= until);
  if (context.at < moved.state.again) return moved;
  const fresh = { ...rest(moved.state), down: NOBODY };
  return context.vacant ? also(moved, hold(fresh, context)) : { ...moved, state: fresh };
}

function receive(state: Ring, from: NodeId, message: RingMessage, context: Context): Chosen {
  const heard = { ...state, down: new Set([...state.down].filter((node) => node !== from)) };
  if (message.type === 'ack')
    return { state: { ...heard, pending: heard.pending.filter(({ to, hop }) => to !== from || hop !== message.hop) } };
  const ack: Chosen = { state: heard, sends: [{ to: from, message: { type: 'ack', hop: message.hop } }] };
  if (message.hops > context.members.length) return ack;
  return also(ack, message.type === 'probe' ? probed(heard, message, context) : elected(heard, message, context));
}

/** A leader swallows every probe: it lives, and its heartbeat says so. */
function probed(state: Ring, probe: Extract<Passed, { type: 'probe' }>, context: Context): Chosen {
  const { standing, options, leads } = context;
  if (leads !== undefined) return { state };
  if (probe.node === options.self) return { state, claim: true };
  const name = `round ${probe.round}`;
  if (state.passed.includes(name)) return { state };
  const own: Ranked | undefined = standing && { node: options.self, standing };
  const part = { ...remember(state, name), takesPart: true, again: Math.min(state.again, tooLate(context)) };
  if (!own || outranks(probe, own)) return pass(part, probe, context);
  return state.takesPart ? { state } : hold(state, context);
}

function elected(state: Ring, message: Extract<Passed, { type: 'elected' }>, context: Context): Chosen {
  const { node, epoch } = message;
  const name = `${node} in ${epoch}`;
  if (node === context.options.self || state.passed.includes(name)) return { state };
  return { ...pass(remember(rest(state), name), message, context), told: { epoch, by: node } };
}

/** To the next in the ring that is up. If there is none, it has come around at once. */
function pass(state: Ring, { type, ...rest }: Passed, context: Context): Chosen {
  const { self, answerMs } = context.options;
  const passed = { type, ...rest, hops: rest.hops + 1 } as Passed;
  const to = next(state, context);
  if (to === self) return passed.type === 'probe' && passed.node === self ? { state, claim: true } : { state };
  const hop = state.hop + 1;
  const pending = [...state.pending, { to, passed, hop, until: context.at + answerMs / 2 }];
  return { state: { ...state, hop, pending }, sends: [{ to, message: { ...passed, hop } }] };
}

function next({ down }: Ring, { members, options }: Context): NodeId {
  const from = members.indexOf(options.self);
  const around = [...members.slice(from + 1), ...members.slice(0, from)];
  return around.find((node) => !down.has(node)) ?? options.self;
}

/** What went to a neighbour that is down goes to the one after it. */
function reroute(state: Ring, context: Context, isDown: (one: Pending) => boolean): Chosen {
  const stuck = state.pending.filter(isDown);
  const down = new Set([...state.down, ...stuck.map(({ to }) => to)]);
  const repaired = { ...state, down, pending: state.pending.filter((one) => !isDown(one)) };
  const again = (chosen: Chosen, { passed }: Pending) =>
    also(chosen, pass(chosen.state, { ...passed, hops: passed.hops - 1 }, context));
  return stuck.reduce<Chosen>(again, { state: repaired });
}

/** Both, one after the other: `more` was chosen from the state of `first`. */
function also(first: Chosen, more: Chosen): Chosen {
  return { ...more, claim: first.claim || more.claim, sends: [...(first.sends ?? []), ...(more.sends ?? [])] };
}

const remember = (state: Ring, name: string): Ring => ({
  ...state,
  passed: [...state.passed, name].slice(-MOST_REMEMBERED),
});
const rest = (state: Ring): Ring => ({ ...state, takesPart: false, again: NEVER });

function decode(message: unknown): RingMessage | undefined {
  if (!isFields(message)) return undefined;
  const { type, hop, hops, node, standing, round, epoch } = message;
  if (!isCount(hop)) return undefined;
  if (type === 'ack') return { type, hop };
  if (!isCount(hops) || !isNode(node)) return undefined;
  if (type === 'probe')
    return isStanding(standing) && isCount(round) ? { type, node, standing, round, hops, hop } : undefined;
  return type === 'elected' && isEpoch(epoch) ? { type, node, epoch, hops, hop } : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
