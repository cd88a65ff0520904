/** What a node can tell of its elections. */
import type { ElectionStatistics, ElectionSummary } from '../election/election.js';
import type { Clock } from '../options.js';
import type { View } from './machine.js';
import type { PeerNode } from './node.js';
import { placesOf } from './roster.js';
import { leaderOf } from './succession.js';

/** Names are paths, as everywhere: with or without slashes around them they are the same. */
export const trimmed = (name: string): string => name.replace(/^\/+|\/+$/g, '');

/** Every election in which somebody stands, in order of names. */
export function summaries({ offices }: PeerNode, root = ''): readonly ElectionSummary[] {
  const top = trimmed(root);
  const inside = (name: string) => top === '' || name === top || name.startsWith(`${top}/`);
  return [...offices]
    .filter(([name, { roster }]) => inside(name) && placesOf(roster.now).length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { roster }]) => {
      const leader = leaderOf(roster.now);
      const candidates = placesOf(roster.now).length;
      return { name, leader: leader?.id, candidates, since: leader?.since, token: leader?.token };
    });
}

/** What the machine counts. Its clock is the monotonic one; people's is not. */
export function statisticsOf({ statistics }: View, clock: Clock): ElectionStatistics {
  const { lastHeardAt } = statistics;
  const agoMs = lastHeardAt === undefined ? undefined : clock.now() - lastHeardAt;
  return { ...statistics, lastHeardAt: agoMs === undefined ? undefined : clock.wall() - agoMs };
}
