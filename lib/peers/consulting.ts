/** Where the claim and the algorithm meet: each is told what the other has done. @pure */
import type { Algorithm, Choice, Context, Occasion } from './algorithm.js';
import { type Claim, forget, hear, isVacant, LONG_AGO, type Send, type Turn } from './claim.js';
import type { ClaimMessage } from './claim-messages.js';
import { attempt, type Moment, others } from './claimant.js';
import type { Input, NodeId, Standing, Statistics } from './machine.js';
import type { ResolvedQuorumOptions } from './quorum.js';

export interface Electing<A> {
  readonly claim: Claim;
  readonly algorithm: A;
  /** The members that the saved record names. */
  readonly savedMembers: readonly NodeId[] | undefined;
  readonly standing: Standing | undefined;
  /** What the algorithm was told last: nobody leads. */
  readonly vacant: boolean;
  readonly alarmAt: number;
  readonly statistics: Statistics;
}

/** What stays the same over a node's life. */
export interface House<A, M> {
  readonly options: ResolvedQuorumOptions;
  readonly algorithm: Algorithm<A, M>;
}

/** A step under way: the state by now, and what has been said. */
export type Run<A, M> = readonly [Electing<A>, readonly Send<ClaimMessage | M>[]];
export type Now = Pick<Input<unknown>, 'at' | 'random'>;

/** A node that does not stand neither asks nor leads: this is never sent. */
const NOTHING: Standing = { weight: 0, order: 0 };

/** Lets the claim act. */
export function claiming<A, M>(
  { options }: House<A, M>,
  [state, sent]: Run<A, M>,
  { at }: Now,
  act: (moment: Moment, claim: Claim) => Turn,
): Run<A, M> {
  const moment = { options, at, standing: state.standing ?? NOTHING };
  const [claim, sends] = act(moment, forget(options, state.claim, at));
  return [{ ...state, claim }, [...sent, ...sends]];
}

/** Lets the algorithm act, and the claim after it. */
export function consult<A, M>(house: House<A, M>, run: Run<A, M>, occasion: Occasion<M>, now: Now): Run<A, M> {
  const [state, sent] = run;
  const choice = house.algorithm.step(state.algorithm, occasion, contextOf(house, state, now));
  const next: Run<A, M> = [follow(state, choice, now.at), [...sent, ...(choice.sends ?? [])]];
  if (!choice.claim || !state.standing) return next;
  return claiming(house, next, now, (moment, claim) => attempt(moment, claim, false));
}

/** The leader before wanted this node to be next: no election is needed. */
export function nominate<A, M>(house: House<A, M>, run: Run<A, M>, now: Now): Run<A, M> {
  if (!run[0].standing) return run;
  return claiming(house, run, now, (moment, claim) => attempt(moment, { ...claim, quietUntil: LONG_AGO }, true));
}

/** Tells the algorithm what has become of the claim since `before`, until nothing new comes of it. */
export function tell<A, M>(house: House<A, M>, [state, sent]: Run<A, M>, before: Electing<A>, now: Now): Run<A, M> {
  const vacant = isVacant(house.options, state.claim, now.at);
  const run: Run<A, M> = [{ ...state, vacant }, sent];
  const news = changes<M>(before.claim, state.claim);
  if (vacant && !state.vacant) news.push({ type: 'vacant' });
  if (news.length === 0) return run;
  const told = news.reduce((next, occasion) => consult(house, next, occasion, now), run);
  return tell(house, told, run[0], now);
}

function changes<M>(before: Claim, after: Claim): Occasion<M>[] {
  if (after.leading && !before.leading) return [{ type: 'won', epoch: after.leading.epoch }];
  return before.attempt && !after.attempt && !after.leading ? [{ type: 'failed' }] : [];
}

function follow<A, M>(state: Electing<A>, { state: algorithm, told, began }: Choice<A, M>, at: number): Electing<A> {
  const { statistics } = state;
  const heard = told && { ...told, standing: undefined, nominated: false, at };
  const claim = heard && !state.claim.leading ? hear(state.claim, heard) : state.claim;
  const elections = statistics.elections + (began ? 1 : 0);
  return { ...state, algorithm, claim, statistics: { ...statistics, elections } };
}

function contextOf<A, M>({ options }: House<A, M>, { claim, standing }: Electing<A>, now: Now): Context {
  const { members, leading, heard: leader } = claim;
  const vacant = isVacant(options, claim, now.at);
  return { ...now, options, members, others: others(options, claim), standing, vacant, leads: leading?.epoch, leader };
}
