import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { simulate } from '../../../lib/sim/machines.js';
import { type RaftParts, raftWorld } from '../../sim/raft.js';
import { load, mutants } from './mutants.js';
import { play } from './stage.js';

const FOLDER = 'spec/scenarios';
const transcripts = readdirSync(FOLDER).filter((file) => file.startsWith('raft-'));
const named = mutants.map((mutant) => [mutant.name, mutant] as const);
const simulated = named.filter(([, { within }]) => within !== undefined);

describe('a machine that', () => {
  it.each(named)('%s plays some transcript otherwise', { timeout: 30_000 }, async (_, mutant) => {
    const parts = await load(mutant);
    expect(transcripts.filter((file) => isOtherwise(file, parts)).length).toBeGreaterThan(0);
  });

  it.each(simulated)('%s is seen by the simulator', { timeout: 120_000 }, async (_, mutant) => {
    const parts = await load(mutant);
    const { within = 0 } = mutant;
    const seeds = Array.from({ length: within }, (_, index) => index + 1);
    const seed = seeds.find((one) => simulate(raftWorld(one, undefined, parts)).violations.length > 0);
    process.stdout.write(`${mutant.name}: seen after ${seed ?? `more than ${within}`} runs\n`);
    expect(seed).toBeDefined();
  });
});

function isOtherwise(file: string, parts: RaftParts): boolean {
  const transcript = readFileSync(join(FOLDER, file), 'utf8');
  return play(transcript, parts) !== transcript;
}
