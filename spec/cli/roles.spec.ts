import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { GroupHouse } from '../coordinator/group-house.js';
import { until } from '../support/until.js';
import { ran } from './support.js';

let zk: EmbeddedZooKeeper;
let house: GroupHouse;
beforeAll(async () => {
  zk = await EmbeddedZooKeeper.start();
  house = new GroupHouse(zk.connectString, { roles: { ids: ['billing', 'mail', 'search', 'stock'] } });
  for (const id of ['a', 'b']) await house.join(id);
  await house.settled({ a: 2, b: 2 });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await zk[Symbol.asyncDispose]();
});

const roles = (...argv: string[]) => ran(['roles', ...argv, '-c', `zookeeper://${zk.connectString}`]);
const shown = async (...argv: string[]) => JSON.parse((await roles(house.root, '-o', 'json', ...argv)).stdout);

describe('succession roles', () => {
  it('shows who owns which role, who should, and how they are spread', async () => {
    const { code, lines } = await roles(house.root);
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^ROLE +DESIRED +OWNER +TERM +PHASE +SINCE +TOKEN$/);
    expect(lines.slice(1, 5).map((line) => line.split(/ +/).slice(0, 5))).toEqual(
      ['billing', 'mail', 'search', 'stock'].map((role) => {
        const owner = house.nodes.find(({ serving }) => serving().includes(role))?.id;
        return [role, owner, owner, expect.any(String), 'owned'];
      }),
    );
    expect(lines.slice(5)).toEqual([
      '',
      expect.stringMatching(/^NODE +STATE +DESIRED +OWNED +ZONE$/),
      expect.stringMatching(/^a +active, balancer +2 +2 +-$/),
      expect.stringMatching(/^b +active +2 +2 +-$/),
      '4 of 4 roles are owned by whom they should be',
    ]);
  });

  it('shows one role, or the roles of one node', async () => {
    expect((await shown('--role', 'mail')).roles).toMatchObject([{ role: 'mail', phase: 'owned' }]);
    expect((await shown('--owner', 'b')).roles.map(({ owner }: { owner: string }) => owner)).toEqual(['b', 'b']);
    expect(await roles(house.root, '--role', 'none')).toMatchObject({ code: 4, stderr: 'No such role here: none.\n' });
  });

  it('as JSON tells every time as ISO 8601', async () => {
    const { nodes, roles } = await shown();
    for (const { since } of [...nodes, ...roles]) expect(since).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('moves nothing and exits with 4 if a role to be moved to its preferred node is none of the group', async () => {
    expect(await roles('elect-preferred', house.root, 'mail', 'none')).toMatchObject({
      code: 4,
      stdout: '',
      stderr: `succession: The group at ${house.root} has no role none.\n`,
    });
  });

  it('transfers a role, and ends when its new owner has it', async () => {
    const role = house.nodes[0]!.serving()[0]!;
    const { code, lines } = await roles('transfer', house.root, role, 'b');
    expect([code, lines[1]?.split(/ +/).slice(0, 3)]).toEqual([0, [role, 'b', expect.stringMatching(/^\d+$/)]]);
    expect((await shown('--role', role)).roles[0]).toMatchObject({ owner: 'b', desired: 'b' });
  });

  it('drains a node and lets it have roles again', async () => {
    expect(await roles('drain', house.root, 'b')).toMatchObject({ code: 0, stdout: '' });
    await house.settled({ a: 4, b: 0 });
    expect((await shown()).nodes).toMatchObject([{ state: 'active' }, { node: 'b', state: 'draining', owned: 0 }]);
    expect((await roles('transfer', house.root, 'mail', 'b')).code).toBe(3);
    expect((await roles('undrain', house.root, 'b')).code).toBe(0);
    await house.settled({ a: 2, b: 2 });
  }, 15_000);

  it('pauses balancing, says why, and resumes it', async () => {
    expect((await roles('pause', house.root, '--reason', 'migration')).code).toBe(0);
    expect((await roles(house.root)).lines.at(-1)).toBe('! balancing is paused: migration');
    expect((await roles('resume', house.root)).code).toBe(0);
    await until(async () => (await shown()).paused === null);
  });

  it('ends with 4 where there is no such group, role or node', async () => {
    expect((await roles('/nowhere')).code).toBe(4);
    expect((await roles('transfer', house.root, 'none', 'b')).code).toBe(4);
    expect(await roles('transfer', house.root, 'mail', 'nobody')).toMatchObject({ code: 3 });
  });

  it('locates the owner of a key, or says that nobody owns its role', async () => {
    const locate = (key: string) => ran(['locate', house.root, key, '-c', `zookeeper://${zk.connectString}`]);
    const { code, lines } = await locate('mail');
    const owner = house.nodes.find(({ serving }) => serving().includes('mail'))?.id;
    expect([code, lines[1]?.split(/ +/).slice(0, 3)]).toEqual([0, ['mail', owner, `${owner}:1`]]);
    expect((await locate('none')).code).toBe(4);
  });

  it('says in one line that a backend lends no store', async () => {
    const { code, stderr } = await ran(['roles', 'x', '-c', 'memory:roles']);
    expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
  });
});
