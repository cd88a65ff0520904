import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chaos, flawless, within } from './support.js';

describe('a rolling restart of the ensemble', () => {
  it('changes no leader and interrupts no work', within, async () => {
    const verdict = await chaos('--directed', 'rolling');
    expect(verdict).toMatchObject(flawless);
    expect(verdict.summary).toMatchObject({ elections: 1, works: 1 });
  });

  it('that finds one of them dead brings it back first, so that somebody leads in time', within, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'succession-'));
    const step = { target: 'any', chance: 0.6, lastMs: 300, settle: false, thenMs: 10 };
    const steps = ['server-kill', 'rolling-restart'].map((fault) => ({ fault, ...step }));
    await writeFile(join(folder, 'schedule.json'), JSON.stringify(steps));
    expect(await chaos('--schedule', join(folder, 'schedule.json'))).toMatchObject(flawless);
    await rm(folder, { recursive: true });
  });
});
