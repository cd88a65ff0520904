import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { raftMachine } from '../../../lib/peers/raft/machine.js';
import { resolveOptions } from '../../../lib/peers/raft/options.js';
import { play } from './stage.js';

const FOLDER = 'spec/scenarios';
const scenarios = readdirSync(FOLDER).filter((file) => file.startsWith('raft-'));

describe('Raft, as written down in', () => {
  it.each(scenarios)('%s', async (file) => {
    const path = resolve(FOLDER, file);
    const parts = { machine: raftMachine, resolve: resolveOptions };
    await expect(play(readFileSync(join(FOLDER, file), 'utf8'), parts)).toMatchFileSnapshot(path);
  });
});
