/** The CLI against a ZooKeeper that refuses, or falls silent half-way. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../lib/cli/exit-code.js';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { GroupHouse } from '../coordinator/group-house.js';
import { until } from '../support/until.js';
import { ran, sink, start } from './support.js';

let zk: EmbeddedZooKeeper;
let backend: ZooKeeperBackend;
beforeEach(async () => {
  zk = await EmbeddedZooKeeper.start();
  backend = zookeeper({ servers: zk.connectString });
  const leader = backend.election('orders').campaign({ id: 'worker-1' });
  await until(() => leader.isLeader());
});
afterEach(async () => {
  await backend.close();
  await zk.stop();
});

const succession = (...argv: string[]) => ran(['-c', `zookeeper://${zk.connectString}`, ...argv]);
const started = (...argv: string[]) => start(['-c', `zookeeper://${zk.connectString}`, ...argv]);

describe('succession doctor', () => {
  it('tells of a line that it may not read as a finding among the others', async () => {
    zk.faults.denyAcl('/orders');
    const { code, lines, stderr } = await succession('doctor', 'orders', '-o', 'json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const found = lines.map((line) => JSON.parse(line));
    expect(found.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['clock-drift', 'connection', 'server-reachable']),
    );
    expect(found).toContainEqual({
      severity: 'error',
      code: 'inspection-failed',
      subject: 'orders',
      text: expect.stringContaining('The ACL denies "read" on /orders'),
    });
  });

  it('tells of a line that is not told in time, too', async () => {
    zk.faults.dropReply('getChildren2', 100);
    const { code, lines } = await succession('doctor', 'orders', '-t', '300ms', '-o', 'json');
    expect(code).toBe(1);
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ subject: 'orders', text: expect.stringContaining('did not happen within 300 ms') }),
    );
  });

  it('ends with 130 and finds nothing when it is interrupted meanwhile', async () => {
    const held = zk.faults.dropReply('getChildren2', 100);
    const { code, stdout, interrupt } = started('doctor', 'orders');
    await held.happened;
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(130);
    expect(stdout.text).toBe('');
  });

  it('ends with 2 for a name that can be none', async () => {
    expect(await succession('doctor', 'a//b')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('--timeout', () => {
  it('bounds an eviction that is not answered, which ends with 6', async () => {
    zk.faults.dropReply('delete', 100);
    const { code, stderr } = await succession('evict', 'orders', 'worker-1', '-t', '300ms');
    expect(code).toBe(6);
    expect(stderr).toContain('Evicting worker-1 did not happen within 300 ms');
  });

  it('bounds a lock that is tried, which ends with 6', async () => {
    zk.faults.dropReply('create', 100);
    const { code, stderr } = await succession('lock', 'nightly', '--try', '-t', '300ms', '--', 'true');
    expect(code).toBe(6);
    expect(stderr).toContain('Holding nightly did not happen within 300 ms');
  });

  it.each([
    [['drain', 'a']],
    [['undrain', 'a']],
    [['pause']],
    [['resume']],
    [['transfer', 'mail', 'a']],
    [['elect-preferred']],
  ])('bounds `roles %j`, which ends with 6', async ([order = '', ...rest]) => {
    const house = new GroupHouse(zk.connectString, { roles: { ids: ['mail'] } });
    await house.join('a');
    await house[Symbol.asyncDispose]();
    zk.faults.dropReply('getData', 1_000);
    const { code, stderr } = await succession('roles', order, house.root, ...rest, '-t', '300ms');
    expect(code).toBe(6);
    expect(stderr).toContain('did not happen within 300 ms');
  });
});

describe('succession candidates --watch', () => {
  it('says on a terminal that the line is an old one while the connection is down', async () => {
    const stdout = sink({ isTTY: true, rows: 24 });
    const argv = ['candidates', 'orders', '--watch', '-c', `zookeeper://${zk.connectString}`];
    const { code, interrupt } = start(argv, { stdout });
    await until(() => stdout.text.includes('worker-1'));
    expect(stdout.text).not.toContain('connection');
    await zk.stop();
    await until(() => stdout.text.includes('! The connection is suspended: this is how it was.'));
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(130);
  });

  it('says so on stderr in a pipe', async () => {
    const { stdout, stderr, code, interrupt } = started('candidates', 'orders', '--watch');
    await until(() => stdout.text.includes('worker-1'));
    await zk.stop();
    await until(() => stderr.lines.includes('The connection is suspended.'));
    interrupt(new InterruptedError('SIGINT'));
    expect(await code).toBe(130);
  });
});
