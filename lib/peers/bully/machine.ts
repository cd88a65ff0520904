/**
 * Who should claim, by the bully algorithm (H. Garcia-Molina, "Elections in a Distributed Computing System", IEEE
 * Transactions on Computers C-31(1), 1982, section IV). @pure
 *
 * Whoever notices that nobody leads asks everybody who outranks it. If nobody answers in time it takes over and tells
 * everybody; if somebody does, that one holds an election of its own. The paper's numbers are standings here. Nodes
 * tell each other theirs when they start or stand; one whose standing is unknown is asked like one that outranks us.
 * Seniority decides who follows; a leader already there is bullied away only by a heavier one.
 */
import type { Algorithm, Choice, Context, Occasion } from '../algorithm.js';
import type { Send } from '../claim.js';
import { isEpoch, isFields, isStanding } from '../claim-messages.js';
import { patienceMs } from '../claimant.js';
import type { NodeId, Standing } from '../machine.js';
import { outranks } from '../rank.js';

export type BullyMessage =
  /** What I stand with; null if I do not. `ask`: tell me yours. Not in the paper, where numbers are known to all. */
  | { readonly type: 'hello'; readonly standing: Standing | null; readonly ask: boolean }
  /** The paper's AreYouUp: will one of you, who outrank me, take over? */
  | { readonly type: 'election'; readonly standing: Standing }
  /** I am up, and will see to it. */
  | { readonly type: 'answer' }
  /** I lead. */
  | { readonly type: 'coordinator'; readonly epoch: number };

export interface Bully {
  readonly phase: Phase;
  /** What the others stand with; null for one that does not. Who is not in it has not said. */
  readonly standings: ReadonlyMap<NodeId, Standing | null>;
  /** The epoch of the leader that was bullied last: once is enough. */
  readonly bullied: number;
}

type Phase =
  | { readonly is: 'idle' }
  /** Waits for an answer of those who outrank us. */
  | { readonly is: 'asking'; readonly pending: readonly NodeId[]; readonly until: number }
  /** Waits for the coordinator, or just waits before the next try. */
  | { readonly is: 'waiting'; readonly until: number };
type Chosen = Choice<Bully, BullyMessage>;

const IDLE: Phase = { is: 'idle' };

export const bullying: Algorithm<Bully, BullyMessage> = {
  preempts: true,
  init: () => ({ phase: IDLE, standings: new Map(), bullied: 0 }),
  step,
  alarmAt: ({ phase }) => (phase.is === 'idle' ? Number.POSITIVE_INFINITY : phase.until),
  round: () => 0,
  decode,
};

function step(state: Bully, occasion: Occasion<BullyMessage>, context: Context): Chosen {
  switch (occasion.type) {
    case 'start':
      return { state, sends: hello(context, true) };
    case 'stand':
      return greet(context, context.vacant ? hold(state, context) : idle(state));
    case 'vacant':
      return hold(state, context);
    case 'alarm':
      return wake(state, context);
    case 'led':
      return context.leader?.epoch === state.bullied ? { state } : challenge(idle(state).state, context);
    case 'won':
      return { ...idle(state), sends: toAll(context, { type: 'coordinator', epoch: occasion.epoch }) };
    case 'failed':
      return wait(state, context.at + context.options.answerMs * (0.5 + context.random));
    case 'lost':
      return lose(state, occasion.node);
    case 'message':
      return receive(state, occasion.from, occasion.message, context);
  }
}

/** Holds an election: asks those who outrank this node, and takes over at once if there are none. */
function hold(state: Bully, context: Context): Chosen {
  const { standing, others, at, options } = context;
  if (!standing) return idle(state);
  const pending = others.filter((node) => mayOutrank(state, node, context));
  if (pending.length === 0) return { ...idle(state), claim: true, began: true };
  const sends = pending.map((to) => ({ to, message: { type: 'election' as const, standing } }));
  const phase: Phase = { is: 'asking', pending, until: at + options.answerMs };
  return { state: { ...state, phase }, sends, began: true };
}

function mayOutrank({ standings }: Bully, node: NodeId, { options, standing }: Context): boolean {
  const known = standings.get(node);
  if (known === undefined) return true;
  return known !== null && !!standing && outranks({ node, standing: known }, { node: options.self, standing });
}

/** Nobody who outranks us has answered: we take over. No coordinator has come: once more. */
function wake(state: Bully, context: Context): Chosen {
  if (state.phase.is === 'asking') return { ...idle(state), claim: true };
  return context.vacant ? hold(state, context) : idle(state);
}

function receive(state: Bully, from: NodeId, message: BullyMessage, context: Context): Chosen {
  switch (message.type) {
    case 'hello': {
      const reply: BullyMessage = { type: 'hello', standing: context.standing ?? null, ask: false };
      return { state: note(state, from, message.standing), sends: message.ask ? [{ to: from, message: reply }] : [] };
    }
    case 'election':
      return answer(note(state, from, message.standing), from, message.standing, context);
    case 'answer':
      return state.phase.is === 'asking'
        ? wait(state, context.at + 2 * context.options.answerMs + patienceMs(context.options))
        : { state };
    case 'coordinator':
      return { ...idle(state), told: { epoch: message.epoch, by: from } };
  }
}

/** Somebody whom we outrank holds an election: we do it in its stead, or tell that we lead. */
function answer(state: Bully, from: NodeId, theirs: Standing, context: Context): Chosen {
  const { standing, options, leads } = context;
  if (!standing || !outranks({ node: options.self, standing }, { node: from, standing: theirs })) return { state };
  const sends: Send<BullyMessage>[] = [{ to: from, message: { type: 'answer' } }];
  if (leads !== undefined) sends.push({ to: from, message: { type: 'coordinator', epoch: leads } });
  if (!context.vacant || state.phase.is !== 'idle') return { state, sends };
  const held = hold(state, context);
  return { ...held, sends: [...sends, ...(held.sends ?? [])] };
}

/** A leader lighter than this node, which nobody nominated, is bullied away: once, when it is first heard of. */
function challenge(state: Bully, context: Context): Chosen {
  const { standing, leader } = context;
  if (!standing || !leader?.standing || leader.nominated || leader.epoch <= state.bullied) return { state };
  return standing.weight > leader.standing.weight ? hold({ ...state, bullied: leader.epoch }, context) : { state };
}

/** One that cannot be reached will not answer. */
function lose(state: Bully, node: NodeId): Chosen {
  if (state.phase.is !== 'asking') return { state };
  const pending = state.phase.pending.filter((other) => other !== node);
  return pending.length === 0
    ? { ...idle(state), claim: true }
    : { state: { ...state, phase: { ...state.phase, pending } } };
}

function greet(context: Context, chosen: Chosen): Chosen {
  return { ...chosen, sends: [...hello(context, false), ...(chosen.sends ?? [])] };
}

const hello = (context: Context, ask: boolean): Send<BullyMessage>[] =>
  toAll(context, { type: 'hello', standing: context.standing ?? null, ask });
const toAll = ({ others }: Context, message: BullyMessage): Send<BullyMessage>[] =>
  others.map((to) => ({ to, message }));
const idle = (state: Bully): Chosen => ({ state: { ...state, phase: IDLE } });
const wait = (state: Bully, until: number): Chosen => ({ state: { ...state, phase: { is: 'waiting', until } } });
const note = (state: Bully, node: NodeId, standing: Standing | null): Bully => ({
  ...state,
  standings: new Map(state.standings).set(node, standing),
});

function decode(message: unknown): BullyMessage | undefined {
  if (!isFields(message)) return undefined;
  const { type, standing, ask, epoch } = message;
  if (type === 'hello')
    return (standing === null || isStanding(standing)) && typeof ask === 'boolean'
      ? { type, standing, ask }
      : undefined;
  if (type === 'election') return isStanding(standing) ? { type, standing } : undefined;
  if (type === 'answer') return { type };
  return type === 'coordinator' && isEpoch(epoch) ? { type, epoch } : undefined;
}
