/**
 * Makes a machine of an election algorithm: the algorithm says who should claim, the claim makes the leader. @pure
 *
 * Every node promises, whether or not it stands. Whatever a step adds to what must be remembered is saved before
 * anything of that step is sent.
 */
import type { Algorithm } from './algorithm.js';
import { asleep, awaken, type Claim, type Send } from './claim.js';
import { type ClaimMessage, decodeClaim } from './claim-messages.js';
import { believesUntil, giveUp, tick, tickAt } from './claimant.js';
import { claiming, consult, type Electing, type House, type Now, nominate, type Run, tell } from './consulting.js';
import type { Effect, Input, Machine, NodeId, PeerEvent, Standing, Statistics, View } from './machine.js';
import type { ResolvedQuorumOptions } from './quorum.js';
import { receive } from './receiving.js';
import { checkSaved, type Saved, sameNodes } from './saved.js';

export function electing<A, M extends { readonly type: string }>(
  options: ResolvedQuorumOptions,
  algorithm: Algorithm<A, M>,
): Machine<Electing<A>, ClaimMessage | M, Saved> {
  const house = { options, algorithm };
  return {
    init: (saved) => init(house, saved),
    step: (state, input) => step(house, state, input),
    view: (state) => view(house, state),
    decode: (message) => decodeClaim(message) ?? algorithm.decode(message),
  };
}

function init<A, M>({ options, algorithm }: House<A, M>, saved: Saved | undefined): Electing<A> {
  if (saved !== undefined) checkSaved(options, saved);
  return {
    claim: asleep(options.members, saved?.known ?? 0, saved?.promised),
    algorithm: algorithm.init(saved?.round ?? 0),
    savedMembers: saved?.members,
    standing: undefined,
    vacant: false,
    alarmAt: Number.POSITIVE_INFINITY,
    statistics: { elections: 0, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: undefined },
  };
}

/** Time first: a lease that has run out is over before anything else is looked at. */
function step<A, M>(house: House<A, M>, state: Electing<A>, { at, random, event }: Input<ClaimMessage | M>) {
  const now = { at, random };
  const timely = due(house, claiming(house, [state, []], now, tick), now);
  const woken = tell(house, timely, state, now);
  const run = tell(house, handle(house, woken, event, now), woken[0], now);
  return finish(house, state, run, event, at);
}

function due<A, M>(house: House<A, M>, run: Run<A, M>, now: Now): Run<A, M> {
  return now.at >= house.algorithm.alarmAt(run[0].algorithm) ? consult(house, run, { type: 'alarm' }, now) : run;
}

/** What the event does by itself. */
function handle<A, M>(house: House<A, M>, run: Run<A, M>, event: PeerEvent<ClaimMessage | M>, now: Now): Run<A, M> {
  const [state, sent] = run;
  switch (event.type) {
    case 'start': {
      const claim = awaken(house.options, state.claim, now.at);
      return consult(house, [{ ...state, claim }, sent], { type: 'start' }, now);
    }
    case 'stand':
      return stand(house, run, event.standing, now);
    case 'release':
      return release(house, run, event.to, now);
    case 'members':
      return [{ ...state, claim: regroup(house.options, state.claim, event.nodes) }, sent];
    case 'lost':
      return consult(house, run, event, now);
    case 'message':
      return receive(house, run, event, now);
    case 'alarm':
      return run;
  }
}

function stand<A, M>(
  house: House<A, M>,
  [state, sent]: Run<A, M>,
  standing: Standing | undefined,
  now: Now,
): Run<A, M> {
  const run: Run<A, M> = [{ ...state, standing }, sent];
  const stood = standing ? run : claiming(house, run, now, ({ at }, claim) => giveUp(house.options, claim, at));
  return consult(house, stood, { type: 'stand' }, now);
}

function release<A, M>(house: House<A, M>, run: Run<A, M>, to: NodeId | undefined, now: Now): Run<A, M> {
  if (!run[0].claim.leading) return run;
  const given = claiming(house, run, now, ({ at }, claim) => giveUp(house.options, claim, at, to));
  return to === house.options.self ? nominate(house, given, now) : given;
}

/** A majority is one of the configured members: discovery has no say in it. */
function regroup({ quorum, self, observers }: ResolvedQuorumOptions, claim: Claim, nodes: readonly NodeId[]): Claim {
  if (quorum === 'majority') return claim;
  const members = [...new Set([...nodes, self])].filter((node) => !observers.includes(node)).sort();
  return { ...claim, members };
}

function finish<A, M>(
  house: House<A, M>,
  before: Electing<A>,
  [state, sends]: Run<A, M>,
  event: PeerEvent<unknown>,
  at: number,
) {
  const alarmAt = Math.max(at, nextAlarm(house, state, at));
  const rings = alarmAt !== Number.POSITIVE_INFINITY && (alarmAt !== before.alarmAt || event.type === 'alarm');
  const effects: Effect<ClaimMessage | M, Saved>[] = [];
  const now = record(house, state);
  const saves = isNew(record(house, before), now) || (now.members && !isSavedWith(state, now.members));
  if (saves) effects.push({ type: 'save', record: now });
  effects.push(...sends.map((send) => ({ type: 'send' as const, ...send })));
  if (rings) effects.push({ type: 'alarm', at: alarmAt });
  const savedMembers = saves ? now.members : state.savedMembers;
  return [{ ...state, alarmAt, savedMembers, statistics: count(state.statistics, sends) }, effects] as const;
}

function nextAlarm<A, M>({ options, algorithm }: House<A, M>, state: Electing<A>, at: number): number {
  const { claim, vacant } = state;
  const waits = [claim.bound.until, claim.quietUntil].filter((until) => !vacant && !claim.leading && until > at);
  const silence = claim.heard ? claim.heard.at + options.promiseMs : Number.POSITIVE_INFINITY;
  return Math.min(tickAt(options, claim), algorithm.alarmAt(state.algorithm), silence, ...waits);
}

function record<A, M>({ algorithm, options }: House<A, M>, { claim, algorithm: own }: Electing<A>): Saved {
  const members = options.quorum === 'majority' ? options.members : undefined;
  return { known: claim.known, promised: claim.promised, round: algorithm.round(own), members };
}

/** A node that has saved nothing yet will say with whom when it does. */
const isSavedWith = <A>({ savedMembers }: Electing<A>, members: readonly NodeId[]): boolean =>
  savedMembers === undefined || sameNodes(savedMembers, members);

function isNew(old: Saved, now: Saved): boolean {
  if (old.round !== now.round || old.known !== now.known) return true;
  return old.promised?.epoch !== now.promised?.epoch || old.promised?.by !== now.promised?.by;
}

function count<M>(statistics: Statistics, sends: readonly Send<ClaimMessage | M>[]): Statistics {
  const beats = sends.filter(({ message }) => (message as ClaimMessage).type === 'renew').length;
  return beats === 0 ? statistics : { ...statistics, heartbeatsSent: statistics.heartbeatsSent + beats };
}

function view<A, M>({ options }: House<A, M>, { claim, statistics }: Electing<A>): View {
  const { leading, known, heard, members } = claim;
  return {
    term: known,
    leader: leading ? options.self : heard?.by,
    leading: leading && { token: BigInt(leading.epoch), until: believesUntil(options, members, leading) },
    statistics,
  };
}
