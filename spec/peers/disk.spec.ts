import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { fileStore } from '../../lib/peers/store.js';

/** What is asked of the disk, which does it. */
const asked = vi.hoisted(() => [] as string[]);
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const noting = (handle: Awaited<ReturnType<typeof real.open>>, name: string) => ({
    writeFile: (text: string) => handle.writeFile(text).finally(() => asked.push(`wrote ${name}`)),
    sync: () => handle.sync().finally(() => asked.push(`flushed ${name}`)),
    close: () => handle.close(),
  });
  return {
    ...real,
    open: async (path: string, flags: string) => noting(await real.open(path, flags), basename(path)),
    rename: (from: string, to: string) =>
      real.rename(from, to).finally(() => asked.push(`moved ${basename(from)} to ${basename(to)}`)),
  };
});

it('a record is flushed, moved into its place, and the move is flushed, all before the save completes', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'succession-disk-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const store = fileStore({ dir, self: 'n1', firstStart: true });
  await lastValueFrom(store.save('jobs', { term: 1 }), { defaultValue: undefined });
  expect(asked).toEqual([
    'wrote n1.state.new',
    'flushed n1.state.new',
    'moved n1.state.new to n1.state',
    `flushed ${basename(dir)}`,
  ]);
  await store.close();
});
