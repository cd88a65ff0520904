import { afterEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../lib/cli/exit-code.js';
import type { Backend } from '../../lib/election/election.js';
import { memory } from '../../lib/memory/index.js';
import { until } from '../support/until.js';
import { ran, sink, start } from './support.js';

let spaces = 0;
const opened: Backend[] = [];
afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())));

/** A store of its own, a way in for candidates, and the CLI connected to it. */
function world() {
  const space = `cli-${++spaces}`;
  const backend = memory({ space });
  opened.push(backend);
  const stand = (id: string, data?: unknown, election = 'orders') => backend.election(election).campaign({ id, data });
  const succession = (...argv: string[]) => ran([...argv, '--connect', `memory:${space}`]);
  const started = (...argv: string[]) => start([...argv, '--connect', `memory:${space}`]);
  return { backend, stand, succession, started, url: `memory:${space}` };
}

describe('succession list', () => {
  it('shows each election in one row', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    stand('worker-2');
    stand('clerk', undefined, 'invoices');
    const { code, lines } = await succession('list');
    expect(code).toBe(0);
    expect(lines[0]).toBe('NAME       LEADER     CANDIDATES   SINCE   TOKEN');
    expect(lines[1]).toMatch(/^invoices {3}clerk {6}1 {12}0s {6}\d+$/);
    expect(lines[2]).toMatch(/^orders {5}worker-1 {3}2 {12}0s {6}\d+$/);
  });

  it('shows only those below a root', async () => {
    const { stand, succession } = world();
    stand('a', undefined, 'shop/orders');
    stand('b', undefined, 'bank/orders');
    expect((await succession('list', 'shop', '-o', 'json')).lines.map((line) => JSON.parse(line).name)).toEqual([
      'shop/orders',
    ]);
  });

  it('as JSON is one object a line, with the token as a string and the time as ISO 8601', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    const { stdout } = await succession('list', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual({
      name: 'orders',
      leader: 'worker-1',
      candidates: 1,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      token: expect.stringMatching(/^\d+$/),
    });
  });

  it('says on stderr that there are none, and nothing on stdout', async () => {
    expect(await world().succession('list')).toMatchObject({ code: 0, stdout: '', stderr: 'No elections.\n' });
  });
});

describe('succession candidates', () => {
  it('shows who leads and who waits for whom', async () => {
    const { stand, succession } = world();
    stand('worker-1', { zone: 'b' });
    stand('worker-2');
    const { code, lines } = await succession('candidates', 'orders');
    expect(code).toBe(0);
    expect(lines).toEqual([
      'POS   ROLE       ID         HOST   SESSION   WAITS-FOR   AGE   DATA',
      '1     leader     worker-1   -      -         -           0s    {"zone":"b"}',
      '2     follower   worker-2   -      -         worker-1    0s    -',
    ]);
  });

  it('marks two candidates of one id', async () => {
    const { stand, succession } = world();
    stand('twin');
    stand('twin');
    expect((await succession('candidates', 'orders')).lines).toContain(
      '! twin stands 2 times, at 1 and 2: ids must be unique',
    );
  });

  it('as JSON is one object with the line and its anomalies', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    const { stdout } = await succession('candidates', 'orders', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      election: 'orders',
      participants: [{ id: 'worker-1', position: 1, role: 'leader', host: null, session: null }],
      anomalies: [],
    });
  });

  it('says that nobody stands', async () => {
    expect(await world().succession('candidates', 'orders')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Nobody stands in orders.\n',
    });
  });

  it('--watch prints one JSON object for each change, until interrupted', async () => {
    const { stand, started } = world();
    const { stdout, code, interrupt } = started('candidates', 'orders', '--watch');
    const ids = () =>
      stdout.lines.map((line) =>
        JSON.parse(line)
          .participants.map(({ id }: { id: string }) => id)
          .join(),
      );
    await until(() => ids().at(-1) === '');
    const first = stand('worker-1');
    stand('worker-2');
    await until(() => ids().at(-1) === 'worker-1,worker-2');
    await first.resign();
    await until(() => ids().at(-1) === 'worker-2');
    expect(new Set(stdout.lines).size).toBe(stdout.lines.length);
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(130);
  });

  it('--watch redraws a terminal, and lets the ages go on', async () => {
    const { stand, url } = world();
    stand('worker-1');
    const stdout = sink({ isTTY: true, rows: 10 });
    const { code, interrupt } = start(['candidates', 'orders', '--watch', '-c', url], { stdout });
    await until(() => stdout.text.includes('1s'));
    expect(stdout.text).toContain('\u001b[H');
    expect(stdout.text).toContain('Election orders');
    interrupt(new InterruptedError('SIGTERM'));
    expect(await code).toBe(143);
  });
});

describe('succession leader', () => {
  it('prints one id', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    expect(await succession('leader', 'orders')).toMatchObject({ code: 0, stdout: 'worker-1\n', stderr: '' });
    expect((await succession('leader', 'orders', '-o', 'wide')).stdout).toMatch(/^worker-1 {3}token \d+ {3}for 0s\n$/);
    expect(JSON.parse((await succession('leader', 'orders', '-o', 'json')).stdout)).toMatchObject({ id: 'worker-1' });
  });

  it('exits with 3 if nobody leads, and says what to do', async () => {
    const { code, stdout, stderr } = await world().succession('leader', 'orders');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe('succession: Nobody leads orders.\nSee who stands: succession candidates orders\n');
  });
});

describe('succession watch', () => {
  it('prints each leadership as it begins and ends, and how long nobody led', async () => {
    const { stand, started } = world();
    const { stdout, code, interrupt } = started('watch', 'orders', '-o', 'json');
    const seen = () => stdout.lines.map((line) => JSON.parse(line));
    await until(() => seen().length === 1);
    const first = stand('worker-1');
    await until(() => seen().at(-1).leader?.id === 'worker-1');
    await first.resign();
    await until(() => seen().at(-1).leader === null);
    stand('worker-2');
    await until(() => seen().at(-1).leader?.id === 'worker-2');
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(130);
    expect(seen().map(({ leader }) => leader?.id)).toEqual([undefined, 'worker-1', undefined, 'worker-2']);
    expect(seen().map(({ vacantMs }) => typeof vacantMs)).toEqual(['object', 'object', 'object', 'number']);
  });

  it('is a line for people otherwise', async () => {
    const { stand, started } = world();
    const first = stand('worker-1');
    const { stdout, code, interrupt } = started('watch', 'orders');
    await until(() => stdout.lines.length === 1);
    await first.resign();
    await until(() => stdout.lines.length === 2);
    interrupt(new InterruptedError('SIGINT'));
    await code;
    expect(stdout.lines[0]).toMatch(/^\S+Z {3}worker-1 leads {3}token \d+$/);
    expect(stdout.lines[1]).toMatch(/^\S+Z {3}nobody leads$/);
  });
});

describe('succession step-down', () => {
  it('waits for the next leadership and shows both', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    stand('worker-2');
    const { code, lines, stderr } = await succession('step-down', 'orders');
    expect(code).toBe(0);
    expect(lines[0]).toBe('         LEADER     TOKEN');
    expect(lines[1]).toMatch(/^before {3}worker-1 {3}\d+$/);
    expect(lines[2]).toMatch(/^after {4}worker-2 {3}\d+$/);
    expect(stderr).toBe('worker-1 handed over to worker-2.\n');
  });

  it('hands over to the one that --to names', async () => {
    const { stand, succession } = world();
    for (const id of ['worker-1', 'worker-2', 'worker-3']) stand(id);
    const { code, stdout } = await succession('step-down', 'orders', '--to', 'worker-3', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ before: { id: 'worker-1' }, after: { id: 'worker-3' } });
  });

  it('does nothing and exits with 5 unless --expect-leader leads', async () => {
    const { stand, succession } = world();
    const leader = stand('worker-1');
    const { code, stderr } = await succession('step-down', 'orders', '--expect-leader', 'worker-2');
    expect(code).toBe(5);
    expect(stderr).toContain('Expected worker-2 to lead, but worker-1 does: nothing was done.');
    expect(leader.isLeader()).toBe(true);
  });

  it('exits with 3 if nobody leads, or nobody else stood ready', async () => {
    const { stand, succession } = world();
    expect((await succession('step-down', 'orders')).code).toBe(3);
    stand('worker-1');
    const { code, stderr } = await succession('step-down', 'orders');
    expect(code).toBe(3);
    expect(stderr).toBe('worker-1 stepped down, but leads again: nobody else stood ready.\n');
  });

  it('exits with 4 if --to names nobody', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    expect((await succession('step-down', 'orders', '--to', 'worker-9')).code).toBe(4);
  });

  it('exits with 6 if the work does not end in time', async () => {
    const { stand, succession } = world();
    const leader = stand('worker-1');
    let end = () => {};
    const working = new Promise<void>((resolve) => {
      end = resolve;
    });
    leader.lead(() => working);
    const { code, stderr } = await succession('step-down', 'orders', '--timeout', '50ms');
    end();
    expect(code).toBe(6);
    expect(stderr).toContain('did not happen within 50 ms');
    expect(stderr).toContain('--timeout');
  });
});

describe('succession evict', () => {
  it('says what it risks and removes', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    stand('worker-2');
    const { code, stdout, stderr } = await succession('evict', 'orders', 'worker-1');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'evicted worker-1, leader at position 1\n' });
    expect(stderr).toContain('only fencing tokens keep it from what the next leader does');
    expect((await succession('leader', 'orders')).stdout).toBe('worker-2\n');
  });

  it('exits with 4 if nobody of that id stands', async () => {
    const { code, stderr } = await world().succession('evict', 'orders', 'worker-9');
    expect(code).toBe(4);
    expect(stderr).toContain('No participant worker-9 stands in orders.');
  });
});

describe('succession doctor', () => {
  it('examines clocks, connection and line, and says what the backend cannot tell', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    const { code, lines, stderr } = await succession('doctor', 'orders', '-o', 'json');
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line).code)).toEqual(['event-loop-lag', 'clock-drift', 'connection', 'ids']);
    expect(stderr).toBe('This backend tells nothing about its servers.\n');
  });

  it('warns of one id that stands twice', async () => {
    const { stand, succession } = world();
    stand('twin');
    stand('twin');
    const { code, stdout } = await succession('doctor', 'orders');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^WARN +duplicate-id +twin +stands 2 times/m);
  });
});
