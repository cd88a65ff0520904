/** What `npm run sim` can simulate: for each protocol a world for every seed, and the laws it must keep there. */
import { bestEffort, majority } from '../peers/claim/world.js';
import { raft } from './raft.js';
import { zookeeper } from './zookeeper.js';

/** What one run has shown. */
export interface Outcome {
  readonly seed: number;
  readonly violations: readonly { readonly law: string; readonly what: string; readonly atMs: number }[];
  readonly leaderships: readonly unknown[];
  readonly counts: { readonly events: number; readonly messages: number; readonly crashes: number };
  /** Virtual time. */
  readonly endedAtMs: number;
}

export interface Subject {
  /** Runs the world of a seed. */
  run(seed: number, trace?: (line: string) => void): Outcome;
  /** Every violation of another law is counted, and is none. */
  readonly laws: readonly string[];
}

export const subjects: Readonly<Record<string, Subject>> = {
  raft,
  zookeeper,
  bully: majority('bully'),
  ring: majority('ring'),
  voting: majority('voting'),
  'bully-best-effort': bestEffort('bully'),
  'ring-best-effort': bestEffort('ring'),
  'voting-best-effort': bestEffort('voting'),
};
