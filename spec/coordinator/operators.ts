import { throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { describeGroup, openRoleGroupAdmin } from '../../lib/coordinator/index.js';
import { seen, until } from '../support/until.js';
import { atGroup } from './at-group.js';
import type { GroupNode, Options } from './group-house.js';
import type { World } from './world.js';

/** What an operator can do to a group, and is told of it, on any server. */
export function describeOperators(start: () => Promise<World>): void {
  const at = atGroup(start);
  const { join, three } = at;
  const roleOf = async ({ backend }: GroupNode, role: string) =>
    (await describeGroup(backend, at.house.root)).roles.find((one) => one.role === role);

  describe('an operator', { timeout: 20_000 }, () => {
    it('moves a role, and it stays there', async () => {
      const [a, b] = await three();
      const role = a.serving()[0]!;
      const epoch = await openRoleGroupAdmin(b.backend, at.house.root).transfer(role, 'b');
      expect(epoch).toMatchObject({ role, term: 2, incarnation: a.group.config.incarnation });
      await at.house.settled({ a: 4, b: 4, c: 4 });
      expect(b.serving()).toContain(role);
    });

    it('is told why a role cannot be moved', async () => {
      const [a] = await three();
      const { admin } = a.group;
      await expect(admin.transfer('99', 'b')).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
      await expect(admin.transfer('0', 'z')).rejects.toMatchObject({ code: 'NODE_UNAVAILABLE', why: 'absent' });
      await admin.drain('c');
      await expect(admin.transfer('0', 'c')).rejects.toMatchObject({ code: 'NODE_UNAVAILABLE', why: 'draining' });
      await expect(openRoleGroupAdmin(a.backend, '/nowhere').drain('c')).rejects.toMatchObject({
        code: 'NO_SUCH_GROUP',
      });
    });

    it('is told at once that a node is shutting down', async () => {
      const [a, b] = await three({
        unloadTimeoutMs: 60_000,
        hooks: { unload: () => (blocked ? until(() => !blocked) : []) },
      });
      let blocked = true;
      const [role] = b.serving();
      using leaving = seen(a.group.shutdown());
      await leaving.next(({ phase }) => phase === 'handing-over');
      const moved = b.group.admin.transfer(role!, 'a', { deadlineMs: 2_000 });
      await expect(moved).rejects.toMatchObject({ code: 'NODE_UNAVAILABLE', why: 'draining' });
      blocked = false;
      await leaving.next(({ phase }) => phase === 'left');
    });

    it('moves a role to where it has failed lately, once that is mended', async () => {
      let broken = true;
      const load = () => (broken ? throwError(() => new Error('no disk')) : ['state']);
      const [b] = await join('b', { hooks: { load }, roles: { count: 1 } });
      await join('a', { roles: { count: 1 } });
      await at.house.settled({ a: 1 });
      broken = false;
      expect(await b!.group.admin.transfer('0', 'b', { deadlineMs: 5_000 })).toMatchObject({ role: '0' });
      await at.house.settled({ a: 0, b: 1 });
    });

    it('drains a node, and gives it roles again', async () => {
      const [a] = await three();
      await a.group.admin.drain('c');
      await at.house.settled({ a: 6, b: 6, c: 0 });
      await a.group.admin.undrain('c');
      await at.house.settled({ a: 4, b: 4, c: 4 });
    });

    it('pauses balancing, but roles without an owner are placed', async () => {
      const [a, , c] = await three();
      await a.group.admin.pauseBalancing('night');
      await join('d');
      await c.group.close();
      await at.house.settled({ d: 4 });
      expect(at.house.loads()).toMatchObject({ a: 4, b: 4, d: 4 });
      expect((await describeGroup(a.backend, at.house.root)).paused).toBe('night');
      await join('e');
      await until(async () => (await describeGroup(a.backend, at.house.root)).nodes.length === 4);
      await a.group.admin.drain('b');
      await at.house.settled({ a: 4, b: 0, d: 4, e: 4 });
    });

    it('sends roles home', async () => {
      const preferred = () => ['c'];
      const options: Options = { preferred, moves: { failbackAfterMs: 60_000 } };
      const [a] = await join('ab', options);
      await at.house.settled({ a: 6, b: 6 });
      await join('c', options);
      await until(async () => (await describeGroup(a!.backend, at.house.root)).nodes.length === 3);
      const moves = await a!.group.admin.electPreferred(['0', '1']);
      expect(moves).toMatchObject([
        { role: '0', to: 'c' },
        { role: '1', to: 'c' },
      ]);
      await at.house.settled({ c: 2 });
    });

    it('gives a role to a node that is not eligible only if what may be lost is acknowledged', async () => {
      const [a, b] = await three();
      const role = a.serving()[0]!;
      expect(await a.group.setEligible(role, ['a'])).toMatchObject({ status: 'committed' });
      await expect(a.group.admin.transfer(role, 'b')).rejects.toMatchObject({ why: 'not eligible' });
      await a.group.close();
      await until(
        async () => (await roleOf(b, role))?.desired === undefined && (await roleOf(b, role))?.phase === 'vacant',
      );
      const epoch = await openRoleGroupAdmin(b.backend, at.house.root).electUnclean(role, 'b', 'may-lose-data');
      expect(epoch).toMatchObject({ role, term: 2 });
      await until(() => b.serving().includes(role));
    });

    it('is told who may have a role by its owner alone, and by that only in its term', async () => {
      const [a, b, c] = await three();
      const role = a.serving()[0]!;
      const { term } = a.group.role(role).state.serving!;
      await expect(b.group.setEligible(role, ['b'])).rejects.toMatchObject({ code: 'NOT_COORDINATOR' });
      await expect(a.group.setEligible('99', ['b'])).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
      await expect(a.group.setEligible(role, ['b/c'])).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      expect(await a.group.setEligible(role, ['a', 'c'])).toMatchObject({ status: 'committed' });
      expect(await a.group.setEligible(role, ['c'])).toMatchObject({ status: 'committed' });
      await until(() => c.serving().includes(role));
      expect(await term.fenced([])).toMatchObject({ status: 'fenced' });
      await c.group.setEligible(role, ['c']);
      await c.group.close();
      await until(async () => (await roleOf(a, role))?.phase === 'vacant');
      await a.group.admin.drain('b');
      await at.house.settled({ a: 11, b: 0 });
    });

    it('sees every role and every node', async () => {
      const [a] = await three();
      const seen = await describeGroup(a.backend, at.house.root);
      expect(seen.roles.map(({ role, phase }) => `${role} ${phase}`)).toEqual(
        Array.from({ length: 12 }, (_, index) => `${index} owned`),
      );
      expect(seen.nodes.map(({ node, desired, owned, state }) => [node, desired, owned, state])).toEqual(
        expect.arrayContaining(['a', 'b', 'c'].map((node) => [node, 4, 4, 'active'])),
      );
      expect(seen.nodes.filter(({ balancer }) => balancer).map(({ node }) => node)).toEqual([seen.balancer]);
    });
  });
}
