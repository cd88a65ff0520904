import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';
import { type Running, ran, succession } from './process.js';

const ids = ['n1', 'n2', 'n3', 'n4', 'n5'] as const;
type Id = (typeof ids)[number];
const secret = 'what the five know and nobody else';
const nodes = new Map<Id, Running>();
let folder: string;
let group: string;

/** One `token id` for each leadership, in order. */
const leaderships = async () => {
  const text = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ') as [string, Id]);
};
const latest = async () => (await leaderships()).at(-1);
const node = (id: Id) => nodes.get(id) as Running;

const url = (id: Id, dir: string = id, more = '') =>
  `raft://${group}?self=${id}&dir=${join(folder, dir)}&electionTimeoutMs=1000${more}`;

const command = ['--', 'sh', '-c', 'echo "$SUCCESSION_TOKEN $SUCCESSION_ID" >> $D/log; exec sleep 60'];

function start(id: Id, more = '', env: NodeJS.ProcessEnv = { SUCCESSION_SECRET: secret }): Running {
  const argv = ['--timeout', '20s', 'run', 'job', '--id', id, '--restart', ...command];
  return succession(url(id, id, more), argv, { D: folder, ...env });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'succession-raft-'));
  const ports = await Promise.all(ids.map(() => freePort()));
  group = ids.map((id, at) => `${id}@127.0.0.1:${ports[at]}`).join(',');
  for (const id of ids) nodes.set(id, start(id, '&firstStart=true'));
});
afterAll(async () => {
  await Promise.all([...nodes.values()].map((running) => running[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true });
});

/** Another leadership than that one, with a larger token. */
async function successorOf([token, id]: [string, Id]): Promise<[string, Id]> {
  const next = await until(
    async () => {
      const now = await latest();
      return now && now[1] !== id && now;
    },
    { within: 15_000, describe: () => [...nodes].map(([one, { stderr }]) => `${one}: ${stderr}`).join('\n') },
  );
  expect(BigInt(next[0])).toBeGreaterThan(BigInt(token));
  return next;
}

describe('five processes that elect by Raft', () => {
  it('have one leader, with one command running', async () => {
    await until(latest, {
      within: 15_000,
      describe: () => [...nodes].map(([id, { stderr }]) => `${id}: ${stderr}`).join('\n'),
    });
    await until(() => [...nodes.values()].filter(({ stderr }) => stderr.includes('waits, ')).length === 4);
    expect(await leaderships()).toHaveLength(1);
  });

  it('go on when the leader is killed; it comes back with what it has voted, and follows', async () => {
    const before = (await latest()) as [string, Id];
    node(before[1]).kill('SIGKILL');
    await node(before[1]).code;
    await successorOf(before);
    nodes.set(before[1], start(before[1]));
    await until(() => node(before[1]).stderr.includes('waits, '), { within: 15_000 });
  });

  it('go on when the leader is stopped, which lets go as soon as it runs again', async () => {
    const before = (await latest()) as [string, Id];
    const stopped = node(before[1]);
    const said = stopped.stderr.length;
    stopped.kill('SIGSTOP');
    await successorOf(before);
    stopped.kill('SIGCONT');
    const news = ['after its leadership', 'waits, '];
    await until(() => news.every((one) => stopped.stderr.slice(said).includes(one)), { within: 15_000 });
  });

  it('let in no stranger that calls itself one of them without the secret', async () => {
    const [, leader] = (await latest()) as [string, Id];
    const away = ids.find((id) => id !== leader) as Id;
    node(away).kill('SIGTERM');
    await node(away).code;
    const argv = ['--timeout', '3s', 'run', 'job', '--id', 'stranger', ...command];
    const env = { D: folder, SUCCESSION_SECRET: 'another secret of the same length' };
    const { code, stderr } = await ran(url(away, 'stranger', '&firstStart=true'), argv, env);
    expect([code, stderr]).toEqual([7, expect.stringContaining('raft://')]);
    expect(await latest()).toMatchObject([expect.any(String), leader]);
  });

  it('are not joined by a node that forgot its vote, nor twice by the same', async () => {
    const [, leader] = (await latest()) as [string, Id];
    const forgetful = await ran(url(leader, 'empty'), ['leader', 'job'], { SUCCESSION_SECRET: secret });
    expect([forgetful.code, forgetful.stderr]).toEqual([1, expect.stringMatching(/it is missing.*firstStart/)]);
    const twin = await ran(url(leader), ['leader', 'job'], { SUCCESSION_SECRET: secret });
    expect([twin.code, twin.stderr]).toEqual([1, expect.stringMatching(/it is in use by process \d+/)]);
  });
});
