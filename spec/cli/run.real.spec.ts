import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { until } from '../support/until.js';
import { hasEnded, type Running, ran, succession } from './process.js';

const server = inject('zookeeper');
const url = `zookeeper://${server}?sessionTimeoutMs=1500`;
let name: string;
let folder: string;
const running: Running[] = [];

beforeEach(async () => {
  name = `cli-run-${randomUUID().slice(0, 8)}`;
  folder = await mkdtemp(join(tmpdir(), 'succession-run-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true });
});

const written = (file: string) => readFile(join(folder, file), 'utf8').catch(() => '');

/** Stands with a shell script; `$D` is the folder of this spec. */
function run(id: string, script: string, ...options: string[]): Running {
  const one = succession(url, ['run', name, '--id', id, ...options, '--', 'sh', '-c', script], { D: folder });
  running.push(one);
  return one;
}

/** Says who runs for as long as it runs: two lines that ran at once would interleave. */
const logged =
  'echo "$SUCCESSION_ID begins" >> $D/log; trap "echo $SUCCESSION_ID ends >> $D/log; exit 0" TERM; while :; do sleep 0.02; done';

describe('succession run on ZooKeeper', () => {
  it('tells the command its token, and ends with its exit code', async () => {
    const { code, stdout, stderr } = await ran(url, [
      ...['run', name, '--id', 'w', '--', 'sh', '-c'],
      'echo $SUCCESSION_TOKEN $SUCCESSION_ELECTION $SUCCESSION_ID; exit 9',
    ]);
    expect(code).toBe(9);
    expect(stdout).toMatch(new RegExp(`^\\d+ ${name} w\n$`));
    expect(stderr).toContain(`${name}: w has left: released`);
  });

  it('passes SIGTERM on and hands over only when the command has ended', async () => {
    const first = run('first', logged);
    await until(async () => (await written('log')) === 'first begins\n');
    const second = run('second', logged);
    await until(() => second.stderr.includes('waits, 1 ahead'));
    first.kill('SIGTERM');
    expect(await first.code).toBe(0);
    await until(async () => (await written('log')) === 'first begins\nfirst ends\nsecond begins\n');
    second.kill('SIGTERM');
    expect(await second.code).toBe(0);
  });

  it('kills a command that ignores SIGTERM after the drain time', async () => {
    const one = run('w', 'trap "" TERM; touch $D/up; while :; do sleep 0.02; done', '--drain', '300ms');
    await until(() => existsSync(join(folder, 'up')));
    one.kill('SIGTERM');
    expect(await one.code).toBe(137);
  });

  it('passes SIGHUP and SIGUSR1 on without ending by itself', async () => {
    const one = run(
      'w',
      'trap "echo HUP >> $D/got" HUP; trap "exit 5" USR1; touch $D/up; while :; do sleep 0.02; done',
    );
    await until(() => existsSync(join(folder, 'up')));
    one.kill('SIGHUP');
    await until(async () => (await written('got')) === 'HUP\n');
    one.kill('SIGUSR1');
    expect(await one.code).toBe(5);
  });

  it('is not stopped by Ctrl-Z: the command would go on, also while another one leads', async () => {
    const one = run('w', logged);
    await until(() => written('log'));
    one.kill('SIGTSTP');
    one.kill('SIGTERM');
    expect(await one.code).toBe(0);
  });

  it('stops the command and ends with 3 when it is evicted; with --restart it stands and starts again', async () => {
    const once = run('once', logged);
    await until(() => written('log'));
    await ran(url, ['evict', name, 'once']);
    expect(await once.code).toBe(3);
    const again = run('again', 'echo $SUCCESSION_TOKEN >> $D/tokens; exec sleep 60', '--restart');
    await until(() => written('tokens'));
    await ran(url, ['evict', name, 'again']);
    const [before = 0n, after = 0n] = await until(async () => {
      const tokens = (await written('tokens')).trim().split('\n').map(BigInt);
      return tokens.length === 2 && tokens;
    });
    expect(after > before).toBe(true);
    again.kill('SIGINT');
    expect(await again.code).toBe(130);
  });

  it('lets nobody go on when it is killed itself: the command ends, and the next one begins', async () => {
    const first = run('first', 'echo $$ > $D/pid; exec sleep 60');
    const pid = Number(await until(() => written('pid')));
    await until(() => first.stderr.includes('and runs sh'));
    run('second', 'touch $D/second; exec sleep 60');
    first.kill('SIGKILL');
    await until(() => hasEnded(pid));
    expect(existsSync(join(folder, 'second'))).toBe(false);
    await until(() => existsSync(join(folder, 'second')));
  });

  it('stops the command while its session cannot be kept, and ends with 3', async () => {
    await using backend = zookeeper({ servers: server });
    const one = run('w', logged);
    await until(() => written('log'));
    one.kill('SIGSTOP');
    await until(async () => (await firstValueFrom(backend.election(name).participants$)).length === 0);
    one.kill('SIGCONT');
    expect(await one.code).toBe(3);
    expect(await written('log')).toBe('w begins\nw ends\n');
  });
});

describe('succession run on a store that answers no more', () => {
  it('is ended at once by a second SIGINT while no command runs', async () => {
    await using zk = await EmbeddedZooKeeper.start();
    await using one = succession(`zookeeper://${zk.connectString}`, ['run', name, '--restart', '--', 'true']);
    await until(() => one.stderr.includes('starts it again in 1 s'));
    zk.faults.dropReply('multi', 1_000);
    one.kill('SIGINT');
    await until(() => zk.dump().includes('"released":true'));
    one.kill('SIGINT');
    await until(() => hasEnded(one.pid), { within: 2_000 });
    expect(await one.code).toBe(130);
  });
});
