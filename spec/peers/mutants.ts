/**
 * What each line of the peers' rooms is for: `npm run mutants -- peers`. Those of Raft's rules and of the claim are in
 * `raft/mutants.ts` and `claim/mutants.ts`, and part of the suite.
 */
import type { Mutant } from '../support/mutants.js';
import { mutants as protocols } from './mutants-protocols.js';
import { mutants as transport } from './mutants-transport.js';

const roster = { spec: 'spec/peers/roster.spec.ts', file: 'lib/peers/roster.ts' };
const changes = { spec: 'spec/peers/roster.spec.ts', file: 'lib/peers/roster-changes.ts' };
const gossip = { spec: 'spec/peers/gossip.spec.ts', file: 'lib/peers/gossip.ts' };
const belief = { spec: 'spec/peers/belief.spec.ts', file: 'lib/peers/belief.ts' };
const letters = { spec: 'spec/peers/letters.spec.ts', file: 'lib/peers/letters.ts' };
const office = { spec: 'spec/peers/office.spec.ts' };
const backend = { spec: 'spec/peers/backend.spec.ts' };

export const mutants: readonly Mutant[] = [
  ...transport,
  ...protocols,
  {
    ...roster,
    name: 'the smallest token makes the leader',
    from: 'best && best.token > claim.token ? best : claim',
    to: 'best && best.token < claim.token ? best : claim',
  },
  {
    ...roster,
    name: 'the number of one who left is given again',
    from: '1 + Math.max(roster.highest, ...known)',
    to: '1 + Math.max(0, ...known)',
  },
  {
    ...roster,
    name: 'the leader is placed by its seniority',
    from: 'leads(b) - leads(a) || bySeniority(a, b)',
    to: 'bySeniority(a, b)',
  },
  {
    ...roster,
    name: 'a newcomer comes before those who have an order',
    from: 'Number(b.settled) - Number(a.settled) || ',
    to: '',
  },
  {
    ...roster,
    name: 'one is in line before the leader has said so',
    from: "if (!ordersOf(roster).has(name)) return { is: 'open' };\n",
    to: '',
  },
  {
    ...roster,
    name: 'who is leaving stands although others do',
    from: 'standing.length > 0 ? standing : leaving ? [leaving] : []',
    to: 'leaving ? [leaving, ...standing] : standing',
  },
  {
    ...roster,
    name: 'whom the last leader named has no precedence at home',
    from: 'candidates.find(({ name }) => isNamed(roster, name)) ?? ',
    to: '',
  },
  {
    ...changes,
    name: 'orders that have not changed are told again',
    from: 'isSame(given, orders) ? roster : owning(roster, { orders: given })',
    to: 'owning(roster, { orders: given })',
  },
  {
    ...changes,
    name: 'a leader that departs keeps its claim',
    from: 'roster.own.claim?.name === name ? yieldClaim(left, nominee) : left',
    to: 'left',
  },
  {
    ...changes,
    name: 'the order that the leader gave is not taken',
    from: 'return order(claimOf(now)?.node === node ? settle(now, told.orders) : now);',
    to: 'return order(now);',
  },
  {
    spec: 'spec/peers/roster.spec.ts',
    file: 'lib/peers/succession.ts',
    name: 'a comparator that throws stops the succession',
    from: '  } catch {\n    return false;\n  }',
    to: '  } catch (error) {\n    throw error;\n  }',
  },
  {
    ...gossip,
    name: 'what was overtaken is believed',
    from: 'letter.count <= (known.get(election) ?? 0) || ',
    to: '',
  },
  {
    ...gossip,
    name: 'a peer that came back is held to the counts of its former life',
    from: '    counts.delete(node);\n',
    to: '',
  },
  {
    ...gossip,
    name: 'one out of reach is believed',
    from: ' || !reachable.has(from)) return;',
    to: ') return;',
  },
  {
    ...gossip,
    name: 'nothing is told twice',
    from: 'talking.add(interval(options.tellMs, clock.scheduler).subscribe(() => tellAll(reachable)));',
    to: '',
  },
  {
    ...gossip,
    name: 'a newcomer is told nothing',
    from: 'tellAll(new Set([...now].filter((node) => !before.has(node))));',
    to: '',
  },
  {
    ...gossip,
    name: 'who was lost stays in line',
    from: '      roster.update((now) => forget(now, node));\n',
    to: '',
  },
  {
    ...gossip,
    name: 'the machine does not hear of a loss',
    from: "      running.input({ type: 'lost', node });\n",
    to: '',
  },
  {
    ...gossip,
    name: 'a node waits for ever for those it cannot reach',
    from: 'merge(all$, timer(graceMs, clock.scheduler))',
    to: 'merge(all$, timer(graceMs * 1e6, clock.scheduler))',
  },
  {
    ...belief,
    name: 'a leap of the wall clock goes unnoticed',
    from: ' && !(isBounded() && Math.abs(offset() - before) > UNNOTICED_JUMP_MS)',
    to: '',
  },
  {
    ...belief,
    name: 'a belief that was over comes back',
    from: ' || over === token) return false;',
    to: ') return false;',
  },
  {
    ...belief,
    name: 'a look after a leap forgives it',
    from: 'if (claim ? holds(claim.token) : running.view.term > term) before',
    to: 'if (!claim || running.view) before',
  },
  {
    ...belief,
    name: 'a leap during an election is forgiven',
    from: ': running.view.term > term',
    to: ': true',
  },
  {
    file: 'lib/peers/claims.ts',
    spec: 'spec/peers/alone.spec.ts',
    name: 'what nobody is there to claim is released',
    from: 'if (!home) return;',
    to: 'if (!home) return release(undefined);',
  },
  {
    file: 'lib/peers/desk.ts',
    spec: 'spec/peers/desk.spec.ts',
    name: 'a closed backend leaves an operator waiting',
    from: '      takeUntil(closed$),\n',
    to: '',
  },
  {
    file: 'lib/peers/desk.ts',
    spec: 'spec/peers/desk.spec.ts',
    name: 'an operator waits for the answer of a dead leader',
    from: 'race(ask(desk, claim.node, request), next$.pipe(map(() => true)))',
    to: 'ask(desk, claim.node, request)',
  },
  { ...belief, name: 'belief outlasts the lease', from: 'clock.now() < leading.until && ', to: '' },
  {
    ...belief,
    name: 'the claim of another leadership is believed',
    from: 'leading?.token !== token || ',
    to: '!leading || ',
  },
  {
    ...letters,
    name: 'a token is whatever it says',
    from: "typeof value === 'string' && /^\\d{1,40}$/.test(value)",
    to: "typeof value === 'string'",
  },
  {
    ...letters,
    name: 'candidates are not looked at',
    from: '!Array.isArray(candidates) || !candidates.every(isCandidate)',
    to: '!Array.isArray(candidates)',
  },
  {
    ...letters,
    name: 'orders are not looked at',
    from: '!Array.isArray(orders) || !orders.every(isOrder)',
    to: '!Array.isArray(orders)',
  },
  {
    ...backend,
    file: 'lib/peers/claims.ts',
    name: 'a newcomer is whoever comes after the last newcomer',
    test: 'preempt',
    from: 'one.order > newest && ',
    to: 'one.order > 1e9 * newest && ',
  },
  {
    ...office,
    file: 'lib/peers/claims.ts',
    name: 'one that does not take leadership is passed it for ever',
    from: 'passed.add(home.name);',
    to: '',
  },
  {
    ...backend,
    file: 'lib/peers/stand.ts',
    name: 'a leader hands over before its work has drained',
    test: 'has drained before',
    from: 'concat(stop$, drained$, handOver(asked?.to))',
    to: 'concat(stop$, handOver(asked?.to))',
  },
  {
    ...backend,
    file: 'lib/peers/stand.ts',
    name: 'who was evicted does not stand again',
    test: 'evicted',
    from: '.pipe(repeat({ delay: backOff }))',
    to: '',
  },
  {
    ...office,
    file: 'lib/peers/office.ts',
    name: 'an eviction leaves the machine leading',
    from: '      if (leads) release(heir?.node);\n',
    to: '',
  },
];
