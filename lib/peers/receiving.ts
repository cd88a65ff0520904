/** What a node answers to a message of another. @pure */
import { type Claim, free, hear, LONG_AGO, offerTo, promise, released, type Turn } from './claim.js';
import { type ClaimMessage, decodeClaim } from './claim-messages.js';
import { andThen, denied, giveUp, type Moment, offered, patienceMs, proven, yieldTo } from './claimant.js';
import { claiming, consult, type Electing, type House, type Now, nominate, type Run } from './consulting.js';
import type { NodeId } from './machine.js';

interface Received<M> {
  readonly from: NodeId;
  readonly message: ClaimMessage | M;
}
type Of<T extends ClaimMessage['type']> = Extract<ClaimMessage, { type: T }>;

/** Who is no member has no say: it must not count into a quorum. */
export function receive<A, M>(house: House<A, M>, run: Run<A, M>, { from, message }: Received<M>, now: Now): Run<A, M> {
  const [state] = run;
  if (!state.claim.members.includes(from) || from === house.options.self) return run;
  const ours = decodeClaim(message);
  if (!ours) return consult(house, run, { type: 'message', from, message: message as M }, now);
  const answered = claiming(house, run, now, (moment, claim) => answer(house, state, moment, claim, from, ours));
  if (ours.type === 'renew') return beaten(house, answered, from, now);
  return ours.type === 'release' && ours.to === house.options.self ? nominate(house, answered, now) : answered;
}

function answer<A, M>(
  house: House<A, M>,
  state: Electing<A>,
  moment: Moment,
  claim: Claim,
  from: NodeId,
  message: ClaimMessage,
): Turn {
  switch (message.type) {
    case 'ask':
      return asked(house, state, moment, claim, from, message);
    case 'offer':
      return offered(moment, claim, from, message);
    case 'claim':
      return claimed(moment, free(claim, message.freed), from, message);
    case 'renew': {
      const heard = { ...message, by: from, at: moment.at };
      return andThen(claimed(moment, claim, from, message), (next) => [hear(next, heard), []]);
    }
    case 'promise':
      return proven(moment, claim, from, message.epoch, message.sent);
    case 'refuse':
      return denied(moment, claim, from, message.epoch, message.known);
    case 'release': {
      const quietUntil = message.to === undefined ? LONG_AGO : moment.at + patienceMs(moment.options);
      return [released(claim, { epoch: message.epoch, by: from }, quietUntil), []];
    }
  }
}

/** Where the algorithm preempts, a leader gives way to a heavier one that can lead; not if it was nominated itself. */
function asked<A, M>(
  { options, algorithm }: House<A, M>,
  state: Electing<A>,
  { at }: Moment,
  claim: Claim,
  from: NodeId,
  { standing, freed, over }: Of<'ask'>,
): Turn {
  const isHeavier = standing.weight > (state.standing?.weight ?? 0);
  const { leading } = claim;
  const givesWay = algorithm.preempts && isHeavier && leading?.epoch === over && leading?.nominated === false;
  const given: Turn = givesWay ? giveUp(options, claim, at, from) : [free(claim, freed), []];
  return andThen(given, (next) => [next, [offerTo(next, from, at)]]);
}

function claimed({ options, at }: Moment, claim: Claim, from: NodeId, message: Of<'claim' | 'renew'>): Turn {
  const yielded = yieldTo(options, claim, { epoch: message.epoch, by: from }, at);
  return andThen(yielded, (next) => promise(options, next, from, message, at));
}

/** A heartbeat that counts is one of whom this node now takes for the leader. */
function beaten<A, M>(house: House<A, M>, run: Run<A, M>, from: NodeId, now: Now): Run<A, M> {
  const [state, sent] = run;
  if (state.claim.heard?.by !== from || state.claim.heard.at !== now.at) return run;
  const heartbeatsReceived = state.statistics.heartbeatsReceived + 1;
  const statistics = { ...state.statistics, heartbeatsReceived, lastHeardAt: now.at };
  return consult(house, [{ ...state, statistics }, sent], { type: 'led' }, now);
}
