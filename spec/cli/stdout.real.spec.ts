/** What the process writes reaches whoever reads it, or it says that it did not. */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { seen, until } from '../support/until.js';
import { hasEnded, succession } from './process.js';

const server = inject('zookeeper');
const url = `zookeeper://${server}?sessionTimeoutMs=2000`;
const name = `cli-stdout-${randomUUID().slice(0, 8)}`;
/** More than a pipe and both of its ends hold, and less than a znode may. */
const DATA = 'x'.repeat(900_000);
let backend: Backend;

beforeAll(async () => {
  backend = zookeeper({ servers: server, sessionTimeoutMs: 2000 });
  using values = seen(backend.election(name).campaign({ id: 'worker-1', data: DATA }).leadership$);
  await values.next(({ role }) => role === 'leader');
});
afterAll(() => backend.close());

describe('a reader that takes its time', () => {
  const slowly = () => {
    const running = succession(url, ['candidates', name, '-o', 'json']);
    running.pauseReading();
    return running;
  };
  const ends = (pid: number) => until(() => hasEnded(pid), { within: 2_000 });

  it('gets everything: the process waits for it', async () => {
    await using running = slowly();
    await expect(ends(running.pid)).rejects.toThrow('not within');
    running.resumeReading();
    expect(await running.code).toBe(0);
    expect(JSON.parse(running.stdout).participants[0].data).toBe(DATA);
  });

  it('keeps nobody from ending the process, which ends with 143 then', async () => {
    const running = slowly();
    await expect(ends(running.pid)).rejects.toThrow('not within');
    running.kill('SIGTERM');
    await ends(running.pid);
    running.resumeReading();
    expect(await running.code).toBe(143);
  });
});

describe.runIf(existsSync('/dev/full'))('a disk that is full', () => {
  it.each([
    ['leader', ['leader', name]],
    ['watch', ['watch', name]],
    ['--help', ['--help']],
  ])('is said, and %s ends with 1', async (_, argv) => {
    const full = openSync('/dev/full', 'w');
    const running = succession(url, argv, {}, full);
    expect(await running.code).toBe(1);
    expect(running.stderr).toMatch(/^succession: ENOSPC: no space left on device, write\n$/);
    closeSync(full);
  });
});
