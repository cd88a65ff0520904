/**
 * Who should claim, by voting (R. Thomas, "A Majority Consensus Approach to Concurrency Control for Multiple Copy
 * Databases", ACM TODS 4(2), 1979; D. Gifford, "Weighted Voting for Replicated Data", SOSP 1979). @pure
 *
 * Whoever notices that nobody leads waits for a random time and asks everybody for a vote in a new round. Each
 * participant has one vote per round, and gives it to whoever asks first, unless it is heavier itself or hears a
 * leader. Who has enough votes takes over and tells the result. A split vote ends by a new round, after another random
 * time. Rounds outlive a crash, so that nobody votes twice.
 */
import type { Algorithm, Choice, Context, Occasion } from '../algorithm.js';
import type { Send } from '../claim.js';
import { isEpoch, isFields, isStanding } from '../claim-messages.js';
import { patienceMs } from '../claimant.js';
import type { NodeId, Standing } from '../machine.js';
import { needed, type Quorum } from '../quorum.js';

export type VotingMessage =
  | { readonly type: 'request'; readonly round: number; readonly standing: Standing }
  | { readonly type: 'vote'; readonly round: number; readonly granted: boolean }
  /** I lead. */
  | { readonly type: 'result'; readonly epoch: number };

export interface Voting {
  /** The latest round heard of. */
  readonly round: number;
  /** Who got this node's vote in it. A vote from before a crash went to nobody knows whom. */
  readonly votedFor: NodeId | undefined;
  readonly phase: Phase;
  /** Whom this node let go first since a leader was heard of: once, since one that hears no votes asks for ever. */
  readonly deferredTo: NodeId | undefined;
}

type Phase =
  | { readonly is: 'idle' }
  /** Until it asks for votes. */
  | { readonly is: 'waiting'; readonly until: number }
  | { readonly is: 'asking'; readonly votes: ReadonlyMap<NodeId, boolean>; readonly until: number }
  /** Has enough votes. */
  | { readonly is: 'claiming' };
type Chosen = Choice<Voting, VotingMessage>;

const IDLE: Phase = { is: 'idle' };
const FORGOTTEN: NodeId = '';

/** `threshold`: how many votes are enough. With `none`, more than half of those cast until the time for answers is over. */
export function votingFor(threshold: Quorum): Algorithm<Voting, VotingMessage> {
  return {
    preempts: false,
    init: (round) => ({ round, votedFor: FORGOTTEN, phase: IDLE, deferredTo: undefined }),
    step: (state, occasion, context) => step(threshold, state, occasion, context),
    alarmAt: ({ phase }) => ('until' in phase ? phase.until : Number.POSITIVE_INFINITY),
    round: ({ round }) => round,
    decode,
  };
}

function step(threshold: Quorum, state: Voting, occasion: Occasion<VotingMessage>, context: Context): Chosen {
  switch (occasion.type) {
    case 'stand':
      return context.vacant ? wait(state, context, 0) : { state: { ...state, phase: IDLE } };
    case 'vacant':
      return wait(state, context, 0);
    case 'failed':
      return wait(state, context, context.options.answerMs / 2);
    case 'led':
      return { state: { ...state, phase: IDLE, deferredTo: undefined } };
    case 'won':
      return { ...tell(context, { type: 'result', epoch: occasion.epoch }), state: { ...state, phase: IDLE } };
    case 'alarm':
      return wake(threshold, state, context);
    case 'message':
      return receive(threshold, state, occasion.from, occasion.message, context);
    case 'start':
    case 'lost':
      return { state };
  }
}

/** Asks for votes later, at a random time, so that seldom two ask at once. */
function wait(state: Voting, { standing, at, random, options }: Context, leastMs: number): Chosen {
  const until = at + leastMs + random * options.answerMs;
  return { state: { ...state, phase: standing ? { is: 'waiting', until } : IDLE } };
}

function wake(threshold: Quorum, state: Voting, context: Context): Chosen {
  const { phase } = state;
  if (phase.is === 'waiting')
    return context.vacant ? request(threshold, state, context) : { state: { ...state, phase: IDLE } };
  if (phase.is === 'asking' && threshold === 'none' && tally(phase.votes) > phase.votes.size / 2) return elected(state);
  return wait(state, context, context.options.answerMs / 2);
}

/** The first vote is one's own. */
function request(threshold: Quorum, state: Voting, context: Context): Chosen {
  const { options, standing, at } = context;
  if (!standing) return { state: { ...state, phase: IDLE } };
  const round = state.round + 1;
  const phase: Phase = { is: 'asking', votes: new Map([[options.self, true]]), until: at + options.answerMs };
  const asked = counted(threshold, { ...state, round, votedFor: options.self, phase }, context);
  return { ...asked, sends: tell(context, { type: 'request', round, standing }).sends, began: true };
}

function receive(threshold: Quorum, state: Voting, from: NodeId, message: VotingMessage, context: Context): Chosen {
  if (message.type === 'request') return vote(state, from, message, context);
  if (message.type === 'result') return { state: { ...state, phase: IDLE }, told: { epoch: message.epoch, by: from } };
  const { phase, round } = state;
  if (phase.is !== 'asking' || message.round !== round) return { state };
  const votes = new Map(phase.votes).set(from, message.granted);
  return counted(threshold, { ...state, phase: { ...phase, votes } }, context);
}

/** One vote per round: to whoever asks first, and again if that one asks again. */
function vote(
  state: Voting,
  from: NodeId,
  request: Extract<VotingMessage, { type: 'request' }>,
  context: Context,
): Chosen {
  const { round } = request;
  const current = round > state.round ? overtaken(state, round, context) : state;
  const isTaken = round < current.round || (current.votedFor !== undefined && current.votedFor !== from);
  const granted = !isTaken && mayVote(current, request.standing, context);
  const sends: Send<VotingMessage>[] = [{ to: from, message: { type: 'vote', round, granted } }];
  return { state: granted ? { ...defer(current, from, context), votedFor: from } : current, sends };
}

/** Not for somebody lighter, nor while a leader is heard of or this node is about to be one. */
function mayVote({ phase }: Voting, theirs: Standing, { standing, vacant }: Context): boolean {
  return vacant && phase.is !== 'claiming' && (standing === undefined || standing.weight <= theirs.weight);
}

/** In a later round nobody has this node's vote yet, and whoever asks in an earlier one asks in vain. */
function overtaken(state: Voting, round: number, context: Context): Voting {
  const later = { ...state, round, votedFor: undefined };
  return state.phase.is === 'asking' ? wait(later, context, context.options.answerMs / 2).state : later;
}

/** Whoever has this node's vote is given the time to lead. */
function defer(state: Voting, to: NodeId, { at, options }: Context): Voting {
  if (state.phase.is !== 'waiting' || state.deferredTo === to) return state;
  return { ...state, deferredTo: to, phase: { is: 'waiting', until: at + patienceMs(options) + options.answerMs } };
}

function counted(threshold: Quorum, state: Voting, { members }: Context): Chosen {
  if (state.phase.is !== 'asking' || threshold === 'none') return { state };
  return tally(state.phase.votes) >= needed(threshold, members.length) ? elected(state) : { state };
}

const tally = (votes: ReadonlyMap<NodeId, boolean>): number => [...votes.values()].filter(Boolean).length;
const elected = (state: Voting): Chosen => ({ state: { ...state, phase: { is: 'claiming' } }, claim: true });

const tell = ({ others }: Context, message: VotingMessage) => ({ sends: others.map((to) => ({ to, message })) });

function decode(message: unknown): VotingMessage | undefined {
  if (!isFields(message)) return undefined;
  const { type, round, standing, granted, epoch } = message;
  if (type === 'result') return isEpoch(epoch) ? { type, epoch } : undefined;
  if (!isEpoch(round)) return undefined;
  if (type === 'request') return isStanding(standing) ? { type, round, standing } : undefined;
  return type === 'vote' && typeof granted === 'boolean' ? { type, round, granted } : undefined;
}
