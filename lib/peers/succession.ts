/**
 * Who comes next, and what others see of the line.
 *
 * @pure
 */
import type { ElectionOptions, Leader, Participant } from '../election/election.js';
import { claimOf, type Place, placesOf, type Roster } from './roster.js';

type Prefer<T> = ElectionOptions<T>['prefer'];

/**
 * The first of these, after everybody has passed who prefers another: each at most once, so that two who prefer each
 * other come to rest. `named` goes before all, by name or by id.
 */
export function heirOf<T>(places: readonly Place[], prefer: Prefer<T>, named?: string): Place | undefined {
  const asked = places.find(({ name, id }) => named !== undefined && (name === named || id === named));
  if (asked) return asked;
  let line = places;
  for (let passes = 0; passes < places.length; passes += 1) {
    const [first, ...rest] = line;
    if (!first || !rest.some((other) => isBetter(other, first, prefer))) return first;
    line = [...rest, first];
  }
  return line[0];
}

/** A comparator that throws has no preference. */
export function isBetter<T>(other: Place, place: Place, prefer: Prefer<T>): boolean {
  try {
    return (prefer?.(describe(other), describe(place)) ?? 0) < 0;
  } catch {
    return false;
  }
}

/** Everybody here is one of ours: every leader has a token. */
export interface TokenLeader<T = unknown> extends Leader<T> {
  readonly token: bigint;
}

export function leaderOf<T>(roster: Roster): TokenLeader<T> | undefined {
  const claim = claimOf(roster);
  const place = placesOf(roster).find(({ name }) => name === claim?.name);
  if (!claim || !place) return undefined;
  return { id: place.id, token: claim.token, since: claim.since, data: place.data as T | undefined, foreign: false };
}

export function participantsOf<T>(roster: Roster): readonly Participant<T>[] {
  const claim = claimOf(roster);
  const places = placesOf(roster);
  return places.map((place, index) => ({
    ...describe<T>(place),
    position: index + 1,
    role: place.name === claim?.name ? 'leader' : claim ? 'follower' : 'candidate',
    waitsFor: places[index - 1]?.name,
  }));
}

/** A participant as such, wherever it stands: what a comparator gets to see. */
function describe<T>({ id, name, data, since, host, pid }: Place): Participant<T> {
  const alone = { position: 0, role: 'candidate', waitsFor: undefined, session: undefined } as const;
  return { id, name, data: data as T | undefined, since, host, pid, foreign: false, ...alone };
}
