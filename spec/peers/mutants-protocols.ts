/** Bully, ring, voting, and the claim that makes them safe. What costs only time or messages shows in a transcript. */
import type { Mutant } from '../support/mutants.js';

const transcripts = 'spec/peers/claim/scenarios.spec.ts';
const bully = {
  spec: `spec/peers/bully/machine.spec.ts ${transcripts} spec/peers/bully/simulation.spec.ts`,
  file: 'lib/peers/bully/machine.ts',
};
const ring = {
  spec: `spec/peers/ring/machine.spec.ts ${transcripts} spec/peers/ring/simulation.spec.ts`,
  file: 'lib/peers/ring/machine.ts',
};
const voting = {
  spec: `spec/peers/voting/machine.spec.ts ${transcripts} spec/peers/voting/simulation.spec.ts`,
  file: 'lib/peers/voting/machine.ts',
};
const everywhere = `spec/peers/claim/claimant.spec.ts ${transcripts} spec/peers/bully/simulation.spec.ts spec/peers/voting/simulation.spec.ts`;
const claimant = { spec: everywhere, file: 'lib/peers/claimant.ts' };
const saved = { spec: 'spec/peers/claim/saved.spec.ts', file: 'lib/peers/saved.ts' };
const claim = { spec: everywhere, file: 'lib/peers/claim.ts' };

export const mutants: readonly Mutant[] = [
  {
    ...bully,
    name: 'bully: nobody who outranks is asked',
    from: 'const pending = others.filter((node) => mayOutrank(state, node, context));',
    to: 'const pending = others.filter((node) => node === "");',
  },
  {
    ...bully,
    name: 'bully: who outranks does not answer',
    from: "const sends: Send<BullyMessage>[] = [{ to: from, message: { type: 'answer' } }];",
    to: 'const sends: Send<BullyMessage>[] = [];',
  },
  {
    ...bully,
    name: 'bully: a heavier newcomer leaves a leader alone',
    from: 'return standing.weight > leader.standing.weight ? hold',
    to: 'return standing.weight < leader.standing.weight ? hold',
  },
  {
    ...bully,
    name: 'bully: who does not hear of a coordinator waits for ever',
    from: 'return context.vacant ? hold(state, context) : idle(state);',
    to: 'return idle(state);',
  },
  {
    ...bully,
    name: 'bully: one that cannot be reached is waited for',
    from: 'const pending = state.phase.pending.filter((other) => other !== node);',
    to: 'const pending = state.phase.pending.filter((other) => other !== "");',
  },
  {
    ...ring,
    name: 'ring: what goes to a dead neighbour is lost',
    from: 'return stuck.reduce<Chosen>(again, { state: repaired });',
    to: 'return [].reduce<Chosen>(again, { state: repaired });',
  },
  {
    ...ring,
    name: 'ring: a lighter one is passed on',
    from: 'if (!own || outranks(probe, own)) return pass(part, probe, context);',
    to: 'if (!own || probe.hops >= 0) return pass(part, probe, context);',
  },
  {
    ...ring,
    name: 'ring: a probe is passed on as often as it comes',
    from: '  if (state.passed.includes(name)) return { state };\n',
    to: '',
  },
  {
    ...ring,
    name: 'ring: what its sender did not take off goes round for ever',
    from: '  if (message.hops > context.members.length) return ack;\n',
    to: '',
  },
  {
    ...ring,
    name: 'ring: nobody begins again',
    from: 'return context.vacant ? also(moved, hold(fresh, context)) : { ...moved, state: fresh };',
    to: 'return { ...moved, state: fresh };',
  },
  {
    ...voting,
    name: 'voting: one votes for everybody who asks',
    from: '(current.votedFor !== undefined && current.votedFor !== from)',
    to: 'false',
  },
  {
    ...voting,
    name: 'voting: one votes in a round that is over',
    from: 'round < current.round || (current',
    to: '(current',
  },
  {
    ...voting,
    name: 'voting: a crash gives a second vote',
    from: "const FORGOTTEN: NodeId = '';",
    to: 'const FORGOTTEN = undefined;',
  },
  { ...voting, name: 'voting: rounds are forgotten', from: 'round: ({ round }) => round,', to: 'round: () => 0,' },
  {
    ...voting,
    name: 'voting: a lighter one gets the vote of a heavier',
    from: '(standing === undefined || standing.weight <= theirs.weight)',
    to: 'theirs !== undefined && standing !== theirs',
  },
  {
    ...voting,
    name: 'voting: one votes although there is a leader',
    from: "return vacant && phase.is !== 'claiming' && ",
    to: "return phase.is !== 'claiming' && ",
  },
  {
    ...voting,
    name: 'voting: everybody asks at once',
    from: 'const until = at + leastMs + random * options.answerMs;',
    to: 'const until = at + leastMs + 0 * random * options.answerMs;',
  },
  {
    spec: 'spec/peers/quorum.spec.ts',
    file: 'lib/peers/receiving.ts',
    name: 'a stranger has a say',
    from: '!state.claim.members.includes(from) || ',
    to: '',
  },
  {
    ...saved,
    name: 'claim: the members may be any from start to start',
    from: 'saved.members === undefined || sameNodes(saved.members, members)',
    to: 'members.length > 0',
  },
  {
    ...saved,
    name: 'claim: what another protocol saved will do',
    from: 'return isEpoch(known) && isEpoch(round) && isPromise && areMembers;',
    to: 'return isPromise && areMembers;',
  },
  {
    ...saved,
    file: 'lib/peers/quorum.ts',
    name: 'claim: any number of members changes at once',
    from: 'given.length > 0 && came + went <= 1',
    to: 'given.length > 0 && came + went <= 9',
  },
  {
    ...saved,
    file: 'lib/peers/electing.ts',
    name: 'claim: changed members are not saved before the first promise',
    from: ' || (now.members && !isSavedWith(state, now.members))',
    to: '',
  },
  {
    ...claim,
    name: 'claim: who hears a leader agrees to another',
    from: 'const free = isFree(claim, from, at) && !hearsAnother;',
    to: 'const free = isFree(claim, from, at) || (hearsAnother && at < 0);',
  },
  {
    ...claim,
    name: 'claim: a leader that is silent is one for ever',
    from: 'claim.heard && at >= claim.heard.at + promiseMs',
    to: 'claim.heard && at >= claim.heard.at + 1e9 * promiseMs',
  },
  {
    ...claim,
    name: 'claim: a goodbye frees nobody',
    from: '  return { ...claim, heard, freed: over, bound: { to: undefined, until: LONG_AGO } };',
    to: '  return { ...claim, heard, freed: over };',
  },
  {
    ...claim,
    name: 'claim: who starts again promises itself what others do not get',
    from: "quorum === 'majority' ? claim.bound.to : undefined",
    to: 'quorum && claim.bound.to',
  },
  {
    ...claimant,
    name: 'claim: who looks up late takes silence for agreement',
    from: ' && at < since + 1.5 * answerMs;',
    to: ';',
  },
  {
    ...claimant,
    name: 'claim: silence counts at once',
    from: 'const waited = at >= since + answerMs && ',
    to: 'const waited = ',
  },
  {
    ...claimant,
    name: 'claim: who was refused goes on',
    from: 'return no.size === 0 && (waited',
    to: 'return no.size >= 0 && (waited',
  },
  {
    ...claimant,
    name: 'claim: a leader is asked to give way in vain',
    from: 'return backing < needed(moment.options.quorum, members.length) ? [] : askTo',
    to: 'return backing < 0 ? [] : askTo',
  },
  {
    ...claimant,
    name: 'claim: two sides use the same numbers',
    from: 'return round * members.length + members.indexOf(self);',
    to: 'return round * members.length + members.length - (self ? 1 : 0);',
  },
  {
    ...claimant,
    name: 'claim: leads with promises that are over',
    from: '  if (at >= believesUntil(options, claim.members, leading)) return [claim, []];\n',
    to: '',
  },
  {
    ...claimant,
    name: 'claim: a leader that hears of a larger epoch goes on',
    from: '  if (claim.leading && known > claim.leading.epoch) return giveUp(options, learned, at);\n',
    to: '',
  },
  {
    ...claimant,
    name: 'claim: a claim that cannot succeed is not begun again',
    from: 'return mayWin ? [{ ...learned, attempt }, []] : askAll(moment, learned, attempt);',
    to: 'return mayWin || left > -1e9 ? [{ ...learned, attempt }, []] : askAll(moment, learned, attempt);',
  },
  {
    ...claimant,
    name: 'claim: who has not answered is not asked again',
    from: 'const missing = others(options, claim).filter((node) => !attempt.yes.has(node));',
    to: 'const missing = others(options, claim).filter((node) => attempt.no.has(node));',
  },
  {
    ...claimant,
    name: 'claim: nobody is told that a claim is over',
    from: 'others(options, claim).map((node) => ({ to: node, message }))];\n}\n\n/** A larger',
    to: 'others(options, claim).filter((node) => node === "").map((node) => ({ to: node, message }))];\n}\n\n/** A larger',
  },
];
