/** Who is fitter to lead, by what the members say of themselves. */
import type { Observable } from 'rxjs';
import type { Participant } from '../election/election.js';
import { statuses } from './heartbeat.js';
import type { Member } from './roster.js';

/** Larger is fitter. Coarse on purpose: what changes with every heartbeat would make leadership wander. */
export type Weight = (member: Member) => number;

/** 3 healthy, 2 degraded, 1 critical, 0 failed. */
export const weightOf: Weight = ({ state, status }) =>
  state === 'failed' ? 0 : statuses.length - statuses.indexOf(status);

export interface Preference extends Disposable {
  /** For `ElectionOptions.prefer`: fitter first; who is equal, or was never heard, keeps its place in line. */
  readonly prefer: (a: Participant, b: Participant) => number;
}

/**
 * Prefers by the weight of the latest heartbeats, as this process heard them; listens until it is disposed. Members and
 * participants are matched by id.
 *
 * Two processes may have heard different things, and then prefer differently. That costs no safety: preferring only
 * makes the first in line pass, once per rival and vacancy. It can cost a second hand-over. Where the choice must be the
 * same everywhere, prefer by the data that participants publish, which all of them read alike.
 */
export function preferByHealth(members$: Observable<readonly Member[]>, weight: Weight = weightOf): Preference {
  let weights: ReadonlyMap<string, number> = new Map();
  const subscription = members$.subscribe({
    next: (members) => {
      weights = new Map(members.map((member) => [member.id, weight(member)]));
    },
    error: () => undefined,
  });
  return {
    prefer: (a, b) => {
      const [first, second] = [weights.get(a.id), weights.get(b.id)];
      return first === undefined || second === undefined ? 0 : second - first;
    },
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}
