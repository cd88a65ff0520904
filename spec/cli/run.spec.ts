import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../lib/cli/exit-code.js';
import type { Backend } from '../../lib/election/election.js';
import { memory } from '../../lib/memory/index.js';
import { until } from '../support/until.js';
import { hasEnded } from './process.js';
import { machine, passing, start } from './support.js';

let spaces = 0;
let folder: string;
let backend: Backend;
let url: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'succession-run-'));
  url = `memory:run-${++spaces}`;
  backend = memory({ space: `run-${spaces}` });
});
afterEach(async () => {
  await backend.close();
  await rm(folder, { recursive: true });
});

const file = (name: string) => join(folder, name);
const written = (name: string) => readFile(file(name), 'utf8');
const election = () => backend.election('orders');

/** Runs a shell script under leadership; `$D` is the folder of this spec. */
function run(script: string, options: string[] = [], signals$ = new Subject<NodeJS.Signals>()) {
  const argv = ['run', 'orders', '-c', url, ...options, '--', 'sh', '-c', script];
  const env = { PATH: process.env.PATH, D: folder };
  return { ...start(argv, { machine: { ...machine, env, passSignals: passing(signals$) } }), signals$ };
}

describe('succession run', () => {
  it('tells the command its token, its election and its id, and ends with its exit code', async () => {
    const { code, stderr } = run('echo "$SUCCESSION_TOKEN $SUCCESSION_ELECTION $SUCCESSION_ID" > $D/env; exit 9', [
      '--id',
      'worker-1',
    ]);
    expect(await code).toBe(9);
    const [, token] = /leads with token (\d+)/.exec(stderr.text) ?? [];
    expect(await written('env')).toBe(`${token} orders worker-1\n`);
    expect(stderr.lines.at(-1)).toBe('orders: worker-1 has left: released');
  });

  it('takes its id from the machine unless one is given', async () => {
    const { code } = run('echo $SUCCESSION_ID > $D/id');
    expect(await code).toBe(0);
    expect(await written('id')).toBe('here-1\n');
  });

  it('waits in line until it leads', async () => {
    const first = election().campaign({ id: 'first' });
    const { code, stderr } = run('touch $D/ran');
    await until(() => stderr.text.includes('waits, 1 ahead'));
    expect(existsSync(file('ran'))).toBe(false);
    await first.resign();
    expect(await code).toBe(0);
    expect(existsSync(file('ran'))).toBe(true);
  });

  it('ends with 127 for a command that is not there, and 126 for one that cannot be executed', async () => {
    const missing = start(['run', 'orders', '-c', url, '--restart', '--', '/no/such/command']);
    expect(await missing.code).toBe(127);
    expect(missing.stderr.text).toContain('/no/such/command cannot be started: no such command');
    await writeFile(file('text'), 'no program');
    expect(await start(['run', 'orders', '-c', url, '--', file('text')]).code).toBe(126);
  });

  it.each([
    ['lies below a file', (text: string) => [`${text}/command`]],
    ['has no name', () => ['']],
    ['is given more than a process can be', () => ['true', 'x'.repeat(2 ** 22)]],
  ])('ends with 126 for a command that %s', async (_, command) => {
    await writeFile(file('text'), 'no folder');
    const { code, stderr } = start(['run', 'orders', '-c', url, '--', ...command(file('text'))]);
    expect(await code).toBe(126);
    expect(stderr.text).toContain('cannot be started');
  });

  it('ends with 128 and the signal that killed the command', async () => {
    expect(await run('kill -KILL $$').code).toBe(137);
  });

  it('when leadership is lost, ends the command with SIGTERM and itself with 3', async () => {
    const { code, stderr } = run('trap "echo TERM > $D/got; exit 0" TERM; touch $D/up; while :; do sleep 0.02; done');
    await until(() => existsSync(file('up')));
    await election().evict('here-1');
    expect(await code).toBe(3);
    expect(await written('got')).toBe('TERM\n');
    expect(stderr.text).toContain('--restart would keep standing');
  });

  it('kills a command that ignores SIGTERM after the drain time, and holds its place until then', async () => {
    const { code } = run('trap "" TERM; echo $$ > $D/up; while :; do sleep 0.02; done', ['--drain', '200ms']);
    const pid = Number(await until(() => written('up')));
    let overlapped: boolean | undefined;
    election()
      .campaign({ id: 'next' })
      .lead(() => {
        overlapped ??= !hasEnded(pid);
      });
    await election().stepDown({ to: 'next' });
    expect(await code).toBe(3);
    await until(() => overlapped !== undefined);
    expect(overlapped).toBe(false);
  });

  it('ends everything that the command has started, too', async () => {
    const { code, interrupt } = run('sleep 60 & echo $! > $D/pid; exec sleep 60');
    const pid = Number(await until(() => written('pid')));
    interrupt(new InterruptedError('SIGTERM'));
    expect(await code).toBe(143);
    expect(hasEnded(pid)).toBe(true);
  });

  it('ends what a command leaves behind when it exits by itself', async () => {
    const { code } = run('sleep 60 & echo $! > $D/pid');
    expect(await code).toBe(0);
    const pid = Number(await written('pid'));
    expect(hasEnded(pid)).toBe(true);
  });

  it('gives the signal that interrupted it to the command, and ends with its exit code', async () => {
    const { code, interrupt } = run('trap "exit 42" INT; touch $D/up; while :; do sleep 0.02; done');
    await until(() => existsSync(file('up')));
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(42);
  });

  it('ends with 128 and the signal that interrupted it while it waited', async () => {
    election().campaign({ id: 'first' });
    const { code, stderr, interrupt } = run('true');
    await until(() => stderr.text.includes('waits, 1 ahead'));
    interrupt(new InterruptedError('SIGTERM'));
    expect(await code).toBe(143);
  });

  it('passes other signals on, and goes on', async () => {
    const { code, signals$ } = run('trap "exit 7" USR1; touch $D/up; while :; do sleep 0.02; done');
    await until(() => existsSync(file('up')));
    signals$.next('SIGUSR1');
    expect(await code).toBe(7);
  });

  it('is ended by SIGHUP while no command runs, and not by SIGUSR1 or SIGTSTP', async () => {
    election().campaign({ id: 'first' });
    const { code, stderr, signals$ } = run('true');
    await until(() => stderr.text.includes('waits, 1 ahead'));
    signals$.next('SIGUSR1');
    signals$.next('SIGTSTP');
    signals$.next('SIGHUP');
    expect(await code).toBe(129);
  });
});

describe('succession run --restart', () => {
  it('starts the command again after a pause while it still leads', async () => {
    const { code, interrupt } = run('echo run >> $D/runs; exit 1', ['--restart']);
    await until(async () => (await written('runs')) === 'run\nrun\n');
    interrupt(new InterruptedError('SIGTERM'));
    expect([1, 143]).toContain(await code);
  });

  it('waits for the next leadership when one is lost, and runs under the new token', async () => {
    const { code, interrupt } = run('echo $SUCCESSION_TOKEN >> $D/tokens; exec sleep 60', ['--restart']);
    await until(() => existsSync(file('tokens')));
    await election().evict('here-1');
    const tokens = await until(async () => {
      const lines = (await written('tokens')).trim().split('\n').map(BigInt);
      return lines.length === 2 && (lines as [bigint, bigint]);
    });
    expect(tokens[1] > tokens[0]).toBe(true);
    interrupt(new InterruptedError('SIGTERM'));
    expect(await code).toBe(143);
  });
});
