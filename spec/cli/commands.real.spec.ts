import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Backend } from '../../lib/election/election.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { BareClient } from '../support/bare-client.js';
import { seen, until } from '../support/until.js';
import { ran, succession } from './process.js';

const server = inject('zookeeper');
const url = `zookeeper://${server}?sessionTimeoutMs=2000`;
const root = `cli-${randomUUID().slice(0, 8)}`;
let elections = 0;
let backend: Backend;

beforeAll(() => {
  backend = zookeeper({ servers: server, sessionTimeoutMs: 2000 });
});
afterAll(() => backend.close());

/** An election of its own with these candidates, who have their verdicts. */
async function standing(...ids: string[]) {
  const name = `${root}/e${++elections}`;
  const election = backend.election(name);
  const candidacies = [];
  for (const id of ids) {
    const candidacy = election.campaign({ id });
    candidacies.push(candidacy);
    using values = seen(candidacy.leadership$);
    await values.next(({ role }) => role === 'leader' || role === 'follower');
  }
  return { name, election, candidacies };
}

describe('the CLI against ZooKeeper', () => {
  it('lists elections below a path', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2');
    const { code, lines, stderr } = await ran(url, ['list', root, '-o', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [leadership] = candidacies.map((each) => each.leadership);
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      name,
      leader: 'worker-1',
      candidates: 2,
      since: expect.stringMatching(/Z$/),
      token: String(leadership?.role === 'leader' && leadership.token),
    });
    const { stdout } = await ran(url, ['list', root]);
    expect(stdout).toMatch(new RegExp(`^${name} +worker-1 +2 +\\d+s +\\d+$`, 'm'));
  });

  it('shows the line with host, session and who waits for whom', async () => {
    const { name } = await standing('worker-1', 'worker-2');
    const { code, lines } = await ran(url, ['candidates', name]);
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^POS +ROLE +ID +HOST +SESSION +WAITS-FOR +AGE +DATA$/);
    expect(lines[1]).toMatch(/^1 +leader +worker-1 +\S+ +0x[0-9a-f]+ +- +\d+s +-$/);
    expect(lines[2]).toMatch(/^2 +follower +worker-2 +\S+ +0x[0-9a-f]+ +worker-1 +\d+s +-$/);
  });

  it('under -o wide shows pids, names and who claimed', async () => {
    const { name } = await standing('worker-1');
    const { lines } = await ran(url, ['candidates', name, '-o', 'wide']);
    expect(lines[1]).toMatch(
      new RegExp(`^1 +leader +worker-1 +\\S+ +${process.pid} .* _c_[0-9a-f-]+-latch-0000000000 `),
    );
    expect(lines[2]).toMatch(/^record: claimed by worker-1, token \d+, lease 666 ms$/);
  });

  it('under -o wide marks a child that no known library made', async () => {
    const { name } = await standing('worker-1');
    using client = await BareClient.connect(server);
    await client.create(`/${name}/config`, '');
    expect((await ran(url, ['candidates', name])).stdout).not.toContain('config');
    const { lines } = await ran(url, ['candidates', name, '-o', 'wide']);
    expect(lines).toContain('! config was made by no known library and is ignored');
    expect((await ran(url, ['doctor', name])).stdout).toMatch(
      new RegExp(`^WARN +unknown-child +/${name}/config `, 'm'),
    );
  });

  it('follows the line, one JSON object for each change, until SIGINT', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2');
    await using running = succession(url, ['candidates', name, '--watch']);
    const last = () => JSON.parse(running.lines.at(-1) ?? '{}').participants?.map(({ id }: { id: string }) => id);
    await until(() => last()?.join() === 'worker-1,worker-2');
    await candidacies[0]?.resign();
    await until(() => last()?.join() === 'worker-2');
    running.kill('SIGINT');
    expect(await running.code).toBe(130);
  });

  it('prints the leader, and exits with 3 when there is none', async () => {
    const { name, candidacies } = await standing('worker-1');
    expect(await ran(url, ['leader', name])).toMatchObject({ code: 0, stdout: 'worker-1\n', stderr: '' });
    await candidacies[0]?.resign();
    expect(await ran(url, ['leader', name])).toMatchObject({ code: 3, stdout: '' });
    expect((await ran(url, ['leader', `${root}/never`])).code).toBe(3);
  });

  it('watches leaderships come and go', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2');
    await using running = succession(url, ['watch', name, '-o', 'json']);
    const leaders = () => running.lines.map((line) => JSON.parse(line).leader?.id ?? null);
    await until(() => leaders().at(-1) === 'worker-1');
    await candidacies[0]?.resign();
    await until(() => leaders().at(-1) === 'worker-2');
    running.kill('SIGTERM');
    expect(await running.code).toBe(143);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const { name, candidacies } = await standing('worker-1');
    const running = succession(url, ['watch', name]);
    await until(() => running.lines.length === 1);
    running.stopReading();
    await candidacies[0]?.resign();
    expect(await running.code).toBe(141);
    expect(running.stderr).toBe('');
  });
});

describe('operating through the CLI', () => {
  it('makes the leader step down for the one named', async () => {
    const { name } = await standing('worker-1', 'worker-2', 'worker-3');
    const { code, stdout } = await ran(url, ['step-down', name, '--to', 'worker-3', '-o', 'json']);
    expect(code).toBe(0);
    const { before, after } = JSON.parse(stdout);
    expect([before.id, after.id]).toEqual(['worker-1', 'worker-3']);
    expect(BigInt(after.token) > BigInt(before.token)).toBe(true);
  });

  it('exits with 5 and changes nothing if somebody else leads', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2');
    expect((await ran(url, ['step-down', name, '--expect-leader', 'worker-2'])).code).toBe(5);
    expect(candidacies[0]?.isLeader()).toBe(true);
  });

  it('exits with 6 if the leader does not drain in time', async () => {
    const { name, candidacies } = await standing('worker-1', 'worker-2');
    let end = () => {};
    const working = new Promise<void>((resolve) => {
      end = resolve;
    });
    candidacies[0]?.lead(() => working);
    const { code, stderr } = await ran(url, ['step-down', name, '--timeout', '800ms']);
    end();
    expect(code).toBe(6);
    expect(stderr).toContain('did not happen within 800 ms');
  });

  it('exits with 3 if nobody leads', async () => {
    expect((await ran(url, ['step-down', `${root}/never`])).code).toBe(3);
  });

  it('evicts by force after saying what that risks, and exits with 4 if there is nobody to evict', async () => {
    const { name } = await standing('worker-1', 'worker-2');
    const { code, stdout, stderr } = await ran(url, ['evict', name, 'worker-1']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'evicted worker-1, leader at position 1\n' });
    expect(stderr).toContain('fencing tokens');
    expect((await ran(url, ['evict', name, 'worker-9'])).code).toBe(4);
  });
});

describe('the doctor', () => {
  it('finds a healthy ensemble healthy', async () => {
    const { name } = await standing('worker-1', 'worker-2');
    const { code, lines } = await ran(url, ['doctor', name, '-o', 'json']);
    const found = lines.map((line) => JSON.parse(line));
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(found.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['event-loop-lag', 'clock-drift', 'connection', 'server-reachable', 'chain-whole', 'ids']),
    );
    expect(found).toContainEqual(expect.objectContaining({ code: 'session-timeout', severity: 'ok' }));
    expect(code).toBe(0);
  });

  it('warns of an open ACL, and of a session timeout that the server did not grant', async () => {
    const { name } = await standing('worker-1');
    const { code, stdout } = await ran(`zookeeper://${server}?sessionTimeoutMs=700000`, ['doctor', name]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^WARN +acl-open +/${name} +Anybody may change`, 'm'));
    expect(stdout).toMatch(/^WARN +session-timeout-changed .*Asked for a session timeout of 700000 ms/m);
  });

  it('finds the server that does not answer among those that do, and exits with 1', async () => {
    const { code, stdout } = await ran(`zookeeper://${server},127.0.0.1:1?sessionTimeoutMs=2000`, ['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL +server-unreachable +127\.0\.0\.1:1 /m);
  });
});

describe('the process of the CLI', () => {
  it('exits with 7 where nobody listens, within its deadline', async () => {
    const nowhere = 'zookeeper://127.0.0.1:1';
    const timed = async (...argv: string[]) => {
      const since = performance.now();
      return { ...(await ran(nowhere, argv)), ms: performance.now() - since };
    };
    const start = await timed('--version');
    const { code, stderr, ms } = await timed('list', '--timeout', '500ms');
    expect(code).toBe(7);
    expect(stderr).toContain(`Nothing answered at ${nowhere} within 500 ms.`);
    // Beside what it takes a process to start on this machine.
    expect(ms - start.ms).toBeLessThan(7_000);
  });

  it('exits with 7 where somebody listens and says nothing, and with 130 when interrupted before', async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const nowhere = `zookeeper://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    expect((await ran(nowhere, ['leader', 'x', '--timeout', '500ms'])).code).toBe(7);
    const running = succession(nowhere, ['watch', 'x']);
    await once(silent, 'connection');
    running.kill('SIGINT');
    expect(await running.code).toBe(130);
    silent.close();
  });

  it('exits with 2 when misused', async () => {
    expect((await ran(url, ['leader'])).code).toBe(2);
    expect((await ran('localhost:2181', ['list'])).code).toBe(2);
  });

  it('colours with FORCE_COLOR, not in a pipe, and never with NO_COLOR', async () => {
    const { name } = await standing('worker-1');
    const coloured = async (env: NodeJS.ProcessEnv) =>
      (await ran(url, ['candidates', name], env)).stdout.includes('\u001b');
    expect(await coloured({})).toBe(false);
    expect(await coloured({ FORCE_COLOR: '1' })).toBe(true);
    expect(await coloured({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });
});
