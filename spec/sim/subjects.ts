/** What `npm run sim` can simulate: for each protocol a world for every seed, and the laws it must keep there. */
import type { Law, Report } from '../../lib/sim/machines.js';
import { bestEffort, majority } from '../peers/claim/world.js';
import { raft } from './raft.js';

export interface Subject {
  /** Runs the world of a seed. */
  run(seed: number, trace?: (line: string) => void): Report;
  /** Every violation of another law is counted, and is none. */
  readonly laws: readonly Law[];
}

export const subjects: Readonly<Record<string, Subject>> = {
  raft,
  bully: majority('bully'),
  ring: majority('ring'),
  voting: majority('voting'),
  'bully-best-effort': bestEffort('bully'),
  'ring-best-effort': bestEffort('ring'),
  'voting-best-effort': bestEffort('voting'),
};
