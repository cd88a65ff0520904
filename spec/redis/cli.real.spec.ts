import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import { createLock } from '../../lib/lock/index.js';
import { redis } from '../../lib/redis/index.js';
import { ran, succession } from '../cli/process.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { seen, until } from '../support/until.js';

const LEASE_MS = 1_500;
let server: RedisServer;
let backend: Backend;
let url: string;
let elections = 0;

beforeAll(async () => {
  server = await startRedis();
  url = `redis://${server.connect}?leaseMs=${LEASE_MS}`;
  backend = redis({ url: `redis://${server.connect}`, leaseMs: LEASE_MS });
});
afterAll(async () => {
  await backend.close();
  await server[Symbol.asyncDispose]();
});

/** An election of its own with these candidates, who have their verdicts. */
async function standing(...ids: string[]) {
  const name = `cli/e${++elections}`;
  const candidacies = [];
  for (const id of ids) {
    const candidacy = backend.election(name).campaign({ id, data: { weight: 1 } });
    candidacies.push(candidacy);
    using values = seen(candidacy.leadership$);
    await values.next(({ role }) => role === 'leader' || role === 'follower');
  }
  return { name, candidacies };
}

describe('the CLI against Redis', () => {
  it('lists elections, with leader, candidates and token', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2');
    const { code, lines, stderr } = await ran(url, ['list', 'cli', '-o', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [leadership] = candidacies.map((each) => each.leadership);
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      name,
      leader: 'worker-1',
      candidates: 2,
      since: expect.stringMatching(/Z$/),
      token: String(leadership?.role === 'leader' && leadership.token),
    });
  });

  it('shows the line with host and who waits for whom', async () => {
    const { name } = await standing('worker-1', 'worker-2');
    const { code, lines } = await ran(url, ['candidates', name]);
    expect(code).toBe(0);
    expect(lines[1]).toMatch(/^1 +leader +worker-1 +\S+ +- +- +\d+s +\{"weight":1\}$/);
    expect(lines[2]).toMatch(/^2 +follower +worker-2 +\S+ +- +worker-1 +\d+s/);
  });

  it('names the leader, and says with its exit code that there is none', async () => {
    const { name } = await standing('worker-1');
    expect(await ran(url, ['leader', name])).toMatchObject({ code: 0, lines: ['worker-1'] });
    expect((await ran(url, ['leader', 'cli/nobody'])).code).toBe(3);
  });

  it('makes the leader step down, to whom it is told', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2', 'worker-3');
    const { code, stdout } = await ran(url, ['step-down', name, '--to', 'worker-3']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/before +worker-1 +\d+[\s\S]*after +worker-3 +\d+/)]);
    await until(() => candidacies[2]?.isLeader());
  });

  it('evicts by id', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2');
    expect((await ran(url, ['evict', name, 'worker-1'])).code).toBe(0);
    await until(() => candidacies[1]?.isLeader());
  });

  it('watches transitions, and runs a command only while leading', async () => {
    const { name, candidacies } = await standing('worker-1');
    await using watching = succession(url, ['watch', name, '-o', 'json']);
    await until(() => watching.lines.some((line) => line.includes('worker-1')));
    await using running = succession(url, [
      'run',
      name,
      '--id',
      'runner',
      '--',
      'sh',
      '-c',
      'echo token $SUCCESSION_TOKEN; sleep 3',
    ]);
    await until(async () => (await ran(url, ['candidates', name])).stdout.includes('runner'));
    expect(running.stdout).toBe('');
    await candidacies[0]?.resign();
    await until(() => watching.lines.some((line) => line.includes('runner')));
    expect(await running.code).toBe(0);
    expect(running.stdout).toMatch(/^token \d{13}\n$/);
  });

  it('runs a command once while it holds a lock, waits for it no longer than it may, and passes on its exit code', async () => {
    const name = `cli/lock${++elections}`;
    const lock = (...argv: string[]) => succession(url, ['lock', name, ...argv, '--', 'sh', '-c', script]);
    const script = 'echo $SUCCESSION_LOCK $SUCCESSION_TOKEN; exit 9';
    const held = await createLock(backend, name).acquire();
    await using once = lock('--try');
    await using briefly = lock('--wait', '200ms');
    expect([await once.code, await briefly.code]).toEqual([3, 6]);
    await using waiting = lock('--id', 'waiting');
    using line = seen(backend.election(name).participants$);
    await line.next((all) => all.some(({ id }) => id.startsWith('waiting')));
    expect([held.isValid(), once.stdout, briefly.stdout, waiting.stdout]).toEqual([true, '', '', '']);
    await held.release();
    expect(await waiting.code).toBe(9);
    const [, token] = /^(?:cli\/lock\d+) (\d+)\n$/.exec(waiting.stdout) ?? [];
    expect(BigInt(token ?? 0)).toBeGreaterThan(held.token);
    await line.next((all) => all.length === 0);
  });

  it('ends the command when its lock is lost, and exits with 3', async () => {
    const name = `cli/lock${++elections}`;
    const argv = ['lock', name, '--id', 'holder', '--', 'sh', '-c', 'echo begun; exec sleep 60'];
    await using holder = succession(url, argv);
    await until(() => holder.stdout === 'begun\n', { within: 15_000 });
    expect((await ran(url, ['evict', name, 'holder-1'])).code).toBe(0);
    expect([await holder.code, holder.stderr]).toEqual([3, expect.stringContaining('lost')]);
  });

  it('examines the wire and the line, warns of an id that stands twice, and says that there are no servers to tell of', async () => {
    const { name } = await standing('worker-1', 'worker-2');
    const sound = await ran(url, ['doctor', name]);
    expect(sound.stdout).toMatch(/ok +connection +redis:\/\/\S+ +Connected within \d+ ms/);
    expect(sound.stdout).toMatch(new RegExp(`ok +ids +${name} +2 in line, no id twice`));
    expect(sound).toMatchObject({ code: 0, stderr: 'This backend tells nothing about its servers.\n' });
    const { name: twins } = await standing('twin', 'twin');
    const { code, stdout } = await ran(url, ['doctor', twins]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/WARN +duplicate-id/)]);
  });

  it('finds in an examination that nothing answers, and exits with 7', async () => {
    const { code, stdout } = await ran('redis://127.0.0.1:1', ['doctor', '--timeout', '1s']);
    expect([code, stdout]).toEqual([
      7,
      expect.stringMatching(/FAIL +connection +redis:\/\/127\.0\.0\.1:1 +Nothing answered/),
    ]);
  });

  it('says which server it cannot reach, and exits with 7', async () => {
    const { code, stderr } = await ran('redis://127.0.0.1:1', ['list', '--timeout', '1s']);
    expect([code, stderr]).toEqual([7, expect.stringContaining('redis://127.0.0.1:1')]);
  });
});
