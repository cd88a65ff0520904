import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../lib/cli/exit-code.js';
import { until } from '../support/until.js';
import { sink, start } from './support.js';
import { world } from './world.js';

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

  it('as JSON tells the status too: state, token, leader, and what was counted', async () => {
    const { stand, succession } = world();
    const first = stand('worker-1');
    stand('worker-2', { zone: 'b' });
    await first.resign();
    const { stdout } = await succession('candidates', 'orders', '-o', 'json');
    const { state, token, leader, statistics } = JSON.parse(stdout);
    expect({ state, token, leader, statistics }).toEqual({
      state: 'led',
      token: expect.stringMatching(/^\d+$/),
      leader: { id: 'worker-2', token, since: expect.stringMatching(/Z$/), data: { zone: 'b' }, foreign: false },
      statistics: { elections: 2, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: null },
    });
  });

  it('tells what the backend guarantees, as JSON and wide', async () => {
    const { stand, succession } = world();
    stand('worker-1');
    const { stdout } = await succession('candidates', 'orders', '-o', 'json');
    expect(JSON.parse(stdout).guarantee).toBe('fenced');
    expect((await succession('candidates', 'orders', '-o', 'wide')).lines.at(-1)).toBe('guarantee: fenced');
    expect((await succession('candidates', 'orders')).stdout).not.toContain('guarantee');
  });

  it('as JSON tells that nobody stands', async () => {
    const { code, stdout, stderr } = await world().succession('candidates', 'orders', '-o', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'vacant', token: null, leader: null, participants: [] });
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
