import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
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

  it('says which server it cannot reach, and exits with 7', async () => {
    const { code, stderr } = await ran('redis://127.0.0.1:1', ['list', '--timeout', '1s']);
    expect([code, stderr]).toEqual([7, expect.stringContaining('redis://127.0.0.1:1')]);
  });
});
