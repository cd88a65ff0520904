/** What the model is checked with: the recipe, each rule that looks as good, and two facts that keep it from being empty. */

export interface Rule {
  /** What the model replaces; none: the recipe as it is. */
  readonly switches: readonly string[];
  readonly name: string;
  readonly verdict: 'holds' | 'refuted';
}

const refuted = (name: string, ...switches: string[]): Rule => ({ name, switches, verdict: 'refuted' });
/** Where places vanish with their sessions alone, as in ZooKeeper: with shorter leases, since there is more to keep. */
const inSessions = ['SESSIONS', 'LONGEST=1'];

export const recipe: Rule = { name: 'the recipe', switches: [], verdict: 'holds' };

export const unsound: readonly Rule[] = [
  refuted('the lease counts from the receipt of the answer', 'LEASE_FROM_RECEIPT'),
  refuted('an answered ping proves', 'LEASE_FROM_PING'),
  refuted('being connected is enough', 'CONNECTED_IS_ENOUGH'),
  refuted('a write proves for the session timeout, and nobody waits', 'WRITE_PLUS_TIMEOUT', ...inSessions),
  refuted('a write proves for half of the session timeout, and nobody waits', 'WRITE_PLUS_HALF_TIMEOUT', ...inSessions),
  refuted('any committed write proves', 'ANY_WRITE_PROVES'),
  refuted('the end of the wait proves', 'END_OF_WAIT_PROVES'),
  refuted('the successor does not wait', 'NO_WAIT'),
  refuted('the successor waits its own lease', 'WAITS_OWN_LEASE'),
  refuted('the wait counts from joining the line', 'WAIT_FROM_JOINING'),
  refuted('the wait allows for no drift of the clocks', 'NO_DRIFT'),
  refuted('a claim writes down its own lease, whoever it waits for', 'OWN_LEASE_RECORDED'),
  refuted('a claim does not check its own place', 'CLAIM_UNCHECKED'),
  refuted('whatever was claimed under the own name need not be waited for', 'OWN_NAME_FORGIVEN'),
  refuted('the goodbye goes out before the work has stopped', 'GOODBYE_BEFORE_STOPPING'),
  refuted('whoever leaves while still waiting says that nobody need wait', 'RELEASED_WHILE_WAITING'),
  refuted('the store carries out a request after later ones of the same session', 'LATE_REQUESTS'),
];

/** Claims about the recipe whose refutation is the point. */
export const alive: readonly Rule[] = [
  refuted('leadership never passes at once, after a goodbye', 'NEVER_PASSES_AT_ONCE'),
  refuted('leadership never passes after a wait', 'NEVER_PASSES_AFTER_A_WAIT'),
];
