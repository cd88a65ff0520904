import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../lib/cli/exit-code.js';
import type { Backend } from '../../lib/election/election.js';
import { createLock } from '../../lib/lock/index.js';
import { memory } from '../../lib/memory/index.js';
import { until } from '../support/until.js';
import { machine, passing, start } from './support.js';

let spaces = 0;
let folder: string;
let backend: Backend;
let url: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'succession-lock-'));
  url = `memory:lock-${++spaces}`;
  backend = memory({ space: `lock-${spaces}` });
});
afterEach(async () => {
  await backend.close();
  await rm(folder, { recursive: true });
});

/** Runs a shell script while holding the lock `nightly`; `$D` is the folder of this spec. */
function lock(script: string, options: string[] = [], signals$ = new Subject<NodeJS.Signals>()) {
  const argv = ['lock', 'nightly', '-c', url, ...options, '--', 'sh', '-c', script];
  return start(argv, {
    machine: { ...machine, env: { PATH: process.env.PATH, D: folder }, passSignals: passing(signals$) },
  });
}
const there = (name: string) => until(() => existsSync(join(folder, name)));

describe('succession lock', () => {
  it('tells the command its token and its lock, and ends with its exit code', async () => {
    const { code, stderr } = lock('echo "$SUCCESSION_TOKEN $SUCCESSION_LOCK" > $D/env; exit 9');
    expect(await code).toBe(9);
    const [, token] = /holds it with token (\d+) and runs sh/.exec(stderr.text) ?? [];
    expect(await readFile(join(folder, 'env'), 'utf8')).toBe(`${token} nightly\n`);
  });

  it('ends with 127 for a command that is not there, and 126 for one that lies below a file', async () => {
    const missing = start(['lock', 'nightly', '-c', url, '--', '/no/such/command']);
    expect(await missing.code).toBe(127);
    expect(missing.stderr.lines.at(-1)).toBe('nightly: /no/such/command cannot be started: no such command');
    expect(await start(['lock', 'nightly', '-c', url, '--', '/etc/passwd/command']).code).toBe(126);
  });

  it('passes other signals on, and goes on', async () => {
    const signals$ = new Subject<NodeJS.Signals>();
    const { code } = lock('trap "exit 7" USR1; touch $D/up; while :; do sleep 0.02; done', [], signals$);
    await there('up');
    signals$.next('SIGUSR1');
    expect(await code).toBe(7);
    expect(signals$.observed).toBe(false);
  });

  it('waits in line, and runs when the lock is released', async () => {
    const held = await createLock(backend, 'nightly').acquire();
    const { code } = lock('touch $D/ran');
    await until(async () => (await backend.election('nightly').status()).participants.length === 2);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
    await held.release();
    expect(await code).toBe(0);
    expect(existsSync(join(folder, 'ran'))).toBe(true);
  });

  it('ends with 3 under --try, and with 6 after --wait, if somebody else holds it', async () => {
    await using _held = await createLock(backend, 'nightly').acquire();
    const tried = lock('true', ['--try']);
    expect([await tried.code, tried.stderr.text]).toEqual([3, 'nightly: somebody else holds it\n']);
    const waited = lock('true', ['--wait', '20ms']);
    expect(await waited.code).toBe(6);
    expect(waited.stderr.lines).toEqual([
      'succession: Holding nightly did not happen within 20 ms.',
      'It has left the line: wait longer with --wait.',
    ]);
  });

  it('lets as many hold it as there are permits', async () => {
    const first = lock('touch $D/one; until [ -e $D/go ]; do sleep 0.02; done', ['--permits', '2']);
    await there('one');
    expect(await lock('touch $D/go', ['--permits', '2']).code).toBe(0);
    expect(await first.code).toBe(0);
  });

  it('ends the command with SIGTERM and itself with 3 when the lock is lost', async () => {
    const { code, stderr } = lock('trap "touch $D/got; exit 0" TERM; touch $D/up; while :; do sleep 0.02; done');
    await there('up');
    const [holder] = (await backend.election('nightly').status()).participants;
    await backend.election('nightly').evict(holder!.id);
    expect(await code).toBe(3);
    expect(existsSync(join(folder, 'got'))).toBe(true);
    expect(stderr.text).toContain('the lock was lost before sh had ended');
  });

  it('ends the command when it is interrupted, holds on until the command has ended, and passes on its code', async () => {
    const { code, interrupt } = lock('trap "exit 7" INT; touch $D/up; while :; do sleep 0.02; done');
    await there('up');
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(7);
    await using held = await createLock(backend, 'nightly').acquire();
    expect(held.isValid()).toBe(true);
  });

  it('leaves the line when it is interrupted while it waits', async () => {
    const held = await createLock(backend, 'nightly').acquire();
    const { code, interrupt } = lock('true');
    await until(async () => (await backend.election('nightly').status()).participants.length === 2);
    interrupt(new InterruptedError('SIGTERM'));
    expect(await code).toBe(143);
    expect((await backend.election('nightly').status()).participants).toHaveLength(1);
    await held.release();
  });
});
