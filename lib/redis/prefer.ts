/** Who should lead rather than whoever comes first. */
import { map, type Observable } from 'rxjs';
import type { Participant } from '../election/election.js';
import type { ResolvedElectionOptions } from '../election/options.js';
import { type Office, picture } from './office.js';

/** The place of the best of all, if that is somebody else. */
export function preferred(
  office: Office,
  own: string,
  { prefer }: ResolvedElectionOptions,
  among: (other: Participant) => boolean = () => true,
): Observable<string | undefined> {
  return picture(office, true).pipe(map(({ participants }) => bestOf(participants, own, prefer, among)?.name));
}

export function bestOf(
  participants: readonly Participant[],
  own: string,
  prefer: ResolvedElectionOptions['prefer'],
  among: (other: Participant) => boolean,
): Participant | undefined {
  const me = participants.find(({ name }) => name === own);
  if (!me) return undefined;
  const others = participants.filter((other) => other !== me && among(other));
  const best = others.reduce((best, other) => (isBetter(other, best, prefer) ? other : best), me);
  return best === me ? undefined : best;
}

/** A comparator that throws has no preference. */
function isBetter(a: Participant, b: Participant, prefer: ResolvedElectionOptions['prefer']): boolean {
  try {
    return (prefer?.(a, b) ?? 0) < 0;
  } catch {
    return false;
  }
}
