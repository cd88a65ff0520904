import { lastValueFrom, NEVER, throwError, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  describeGroup,
  openRoleGroup,
  openRoleGroupAdmin,
  type ShutdownProgress,
} from '../../lib/coordinator/index.js';
import { memory } from '../../lib/memory/index.js';
import { until } from '../support/until.js';
import { GroupHouse, type GroupNode, type Options } from './group-house.js';
import type { World } from './world.js';

/** What a group promises, on any server. */
export function describeGroups(start: () => Promise<World>): void {
  let zk: World;
  let house: GroupHouse;
  beforeEach(async () => {
    zk = await start();
    house = new GroupHouse(zk.connect);
  });
  afterEach(async () => {
    const { overlaps } = house;
    await house[Symbol.asyncDispose]();
    await zk[Symbol.asyncDispose]();
    expect(overlaps).toEqual([]);
  });

  const join = (ids: string, options?: Options) => Promise.all([...ids].map((id) => house.join(id, options)));
  const three = async (options?: Options) => {
    const nodes = await join('abc', options);
    await house.settled({ a: 4, b: 4, c: 4 });
    return nodes as [GroupNode, GroupNode, GroupNode];
  };
  const stopped = (nodes: readonly GroupNode[]) =>
    nodes.flatMap(({ changes }) => changes.values.filter(({ phase }) => phase === 'stopping').map(({ role }) => role));
  const all = (progress: ReturnType<GroupNode['group']['shutdown']>): Promise<readonly ShutdownProgress[]> =>
    lastValueFrom(progress.pipe(toArray()));

  describe('a role group', { timeout: 20_000 }, () => {
    it('gives every role to one of the processes that are there, and to a newcomer its share', async () => {
      const nodes = await three();
      const before = stopped(nodes).length;
      await join('d');
      await house.settled({ a: 3, b: 3, c: 3, d: 3 });
      expect(stopped(nodes).length - before).toBe(3);
    });

    it('gives to the others what a process had that was lost without a word, and moves nothing else', async () => {
      const [a, b, c] = await three();
      const kept = [...a.serving(), ...b.serving()];
      const before = stopped([a, b]);
      await c.backend.close();
      await house.settled({ a: 6, b: 6 });
      expect([...a.serving(), ...b.serving()]).toEqual(expect.arrayContaining(kept));
      expect(stopped([a, b])).toEqual(before);
    });

    it('goes on from the table of the last balancer', async () => {
      const nodes = await three();
      const balancer = await until(() => nodes.find(({ group }) => group.role('0') && isBalancer(group)));
      const others = nodes.filter((node) => node !== balancer);
      const before = stopped(others);
      await balancer.group.close();
      await house.settled(Object.fromEntries(others.map(({ id }) => [id, 6])));
      expect(stopped(others)).toEqual(before);
    });

    it('moves no owned role before members have been the same for a while, and places the others at once', async () => {
      const [a, b, c] = await three({ moves: { settleMs: 600 } });
      await c.group.close();
      await house.settled({ a: 6, b: 6 });
      const before = stopped([a, b]).length;
      const since = performance.now();
      const [d] = await join('d', { moves: { settleMs: 600 } });
      await house.settled({ a: 4, b: 4, d: 4 });
      expect(performance.now() - since).toBeGreaterThan(550);
      expect(stopped([a, b, d!]).length - before).toBe(4);
    });

    it('I10: has at most so many owned roles on the way at once', async () => {
      const [a, b] = await join('ab', {
        moves: { maxInFlight: 2 },
        unloadTimeoutMs: 60_000,
        hooks: { unload: () => (blocked ? until(() => !blocked) : []) },
      });
      let blocked = false;
      await house.settled({ a: 6, b: 6 });
      blocked = true;
      const before = stopped([a!, b!]).length;
      await join('c', { moves: { maxInFlight: 2 } });
      await until(() => stopped([a!, b!]).length === before + 2);
      await a!.group.admin.pauseBalancing('a look at the table');
      const table = await describeGroup(a!.backend, house.root);
      expect(table.roles.filter(({ phase }) => phase === 'moving')).toHaveLength(2);
      expect(table.nodes.map(({ node, desired }) => [node, desired])).toContainEqual(['c', 2]);
      blocked = false;
      await a!.group.admin.resumeBalancing();
      await house.settled({ a: 4, b: 4, c: 4 });
    });

    it('places elsewhere for a while what failed to load', async () => {
      const hooks = { load: () => throwError(() => new Error('no disk')) };
      await join('a', { hooks });
      await until(() => house.nodes[0]!.changes.values.find(({ phase }) => phase === 'failed'));
      await join('b');
      await house.settled({ a: 0, b: 12 });
    });

    it('loads so many at once', async () => {
      let loading = 0;
      let most = 0;
      const load = async () => {
        most = Math.max(most, ++loading);
        await new Promise(setImmediate);
        loading--;
        return 'state';
      };
      await join('a', { hooks: { load }, loadConcurrency: 3 });
      await house.settled({ a: 12 });
      expect(most).toBe(3);
    });

    it('weighs nodes, and tells who is there', async () => {
      await join('a', { node: { id: 'a', address: 'a:1', weight: 3, zone: 'x' } });
      const [b] = await join('b');
      await house.settled({ a: 9, b: 3 });
      const members = await until(() => lastOf(b!.group.members$));
      expect(members.get('a')).toMatchObject({ node: 'a', address: 'a:1', weight: 3, zone: 'x' });
    });

    it('is not opened with other roles than it has, nor on a backend that lends no store', async () => {
      await join('a');
      await expect(house.join('b', { roles: { count: 13 } })).rejects.toThrow(
        /those of the group at \/group-.*"count":12.*count.*13/,
      );
      const given = { root: '/g', node: { id: 'a', address: 'a' }, roles: { count: 1 }, handler: () => never };
      await expect(openRoleGroup(memory(), given)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    });
  });

  describe('controlled shutdown', { timeout: 20_000 }, () => {
    it('I11: hands every role over, a few at a time, before it leaves, and tells how far it is', async () => {
      const [a] = await three({ moves: { maxInFlight: 2 } });
      const progress = await all(a.group.shutdown({ deadlineMs: 9_000 }));
      await house.settled({ a: 0, b: 6, c: 6 });
      expect(progress[0]).toMatchObject({ phase: 'draining', rolesLeft: 4 });
      expect(progress.find(({ phase }) => phase === 'leaving')).toMatchObject({ rolesLeft: 0, moved: 4 });
      expect(progress.at(-1)).toMatchObject({ phase: 'left', rolesLeft: 0, moved: 4, unclean: [] });
      const left = progress.map(({ rolesLeft }) => rolesLeft);
      expect(left).toEqual([...left].sort((one, other) => other - one));
    });

    it('I11: of two at once never passes a role from one to the other', async () => {
      const [a, b] = await three();
      await Promise.all([all(a.group.shutdown()), all(b.group.shutdown())]);
      await house.settled({ a: 0, b: 0, c: 12 });
      const loads = [a, b].flatMap(({ changes }) => changes.values.filter(({ phase }) => phase === 'loading'));
      expect(loads).toHaveLength(8);
    });

    it('I11: lists what had not been unloaded in time, and its next owner is told', async () => {
      const fenced: string[] = [];
      const [a] = await join('a', { hooks: { unload: () => NEVER }, unloadTimeoutMs: 60 });
      await house.settled({ a: 12 });
      await join('b', {
        moves: { maxInFlight: 1 },
        hooks: {
          fencePrevious: ({ owner }, { epoch }) => {
            fenced.push(`${owner} ${epoch.role}`);
            return [];
          },
        },
      });
      const last = (await all(a!.group.shutdown({ deadlineMs: 1 }))).at(-1);
      expect(last).toMatchObject({ phase: 'left', rolesLeft: 0 });
      await house.settled({ a: 0, b: 12 });
      expect(last!.unclean).toHaveLength(12);
      expect(fenced).toHaveLength(12);
    });

    it('stays at the deadline if it is told to, and takes roles again', async () => {
      let released = false;
      const [a] = await three({ hooks: { unload: () => until(() => released) }, unloadTimeoutMs: 5_000 });
      const last = (await all(a.group.shutdown({ deadlineMs: 100, atDeadline: 'stay' }))).at(-1);
      expect(last).toMatchObject({ phase: 'stayed', moved: 0 });
      expect(last!.rolesLeft).toBeGreaterThan(0);
      released = true;
      await house.settled({ a: 4, b: 4, c: 4 });
    });

    it('leaves at once when there is nobody to take over', async () => {
      const [a] = await join('a');
      await house.settled({ a: 12 });
      const last = (await all(a!.group.shutdown({ deadlineMs: 9_000 }))).at(-1);
      expect(last).toMatchObject({ phase: 'left', rolesLeft: 0, unclean: [] });
      expect(last!.elapsedMs).toBeLessThan(5_000);
    });
  });

  describe('an operator', { timeout: 20_000 }, () => {
    it('moves a role, and it stays there', async () => {
      const [a, b] = await three();
      const role = a.serving()[0]!;
      const epoch = await openRoleGroupAdmin(b.backend, house.root).transfer(role, 'b');
      expect(epoch).toMatchObject({ role, term: 2, incarnation: a.group.config.incarnation });
      await house.settled({ a: 4, b: 4, c: 4 });
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

    it('drains a node, and gives it roles again', async () => {
      const [a] = await three();
      await a.group.admin.drain('c');
      await house.settled({ a: 6, b: 6, c: 0 });
      await a.group.admin.undrain('c');
      await house.settled({ a: 4, b: 4, c: 4 });
    });

    it('pauses balancing, but roles without an owner are placed', async () => {
      const [a, , c] = await three();
      await a.group.admin.pauseBalancing('night');
      await join('d');
      await c.group.close();
      await house.settled({ d: 4 });
      expect(house.loads()).toMatchObject({ a: 4, b: 4, d: 4 });
      expect((await describeGroup(a.backend, house.root)).paused).toBe('night');
      await join('e');
      await until(async () => (await describeGroup(a.backend, house.root)).nodes.length === 4);
      await a.group.admin.drain('b');
      await house.settled({ a: 4, b: 0, d: 4, e: 4 });
    });

    it('sends roles home', async () => {
      const preferred = () => ['c'];
      const options: Options = { preferred, moves: { failbackAfterMs: 60_000 } };
      const [a] = await join('ab', options);
      await house.settled({ a: 6, b: 6 });
      await join('c', options);
      await until(async () => (await describeGroup(a!.backend, house.root)).nodes.length === 3);
      const moves = await a!.group.admin.electPreferred(['0', '1']);
      expect(moves).toMatchObject([
        { role: '0', to: 'c' },
        { role: '1', to: 'c' },
      ]);
      await house.settled({ c: 2 });
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
      const epoch = await openRoleGroupAdmin(b.backend, house.root).electUnclean(role, 'b', 'may-lose-data');
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
      await house.settled({ a: 11, b: 0 });
    });

    it('sees every role and every node', async () => {
      const [a] = await three();
      const seen = await describeGroup(a.backend, house.root);
      expect(seen.roles.map(({ role, phase }) => `${role} ${phase}`)).toEqual(
        Array.from({ length: 12 }, (_, index) => `${index} owned`),
      );
      expect(seen.nodes.map(({ node, desired, owned, state }) => [node, desired, owned, state])).toEqual(
        expect.arrayContaining(['a', 'b', 'c'].map((node) => [node, 4, 4, 'active'])),
      );
      expect(seen.nodes.filter(({ balancer }) => balancer).map(({ node }) => node)).toEqual([seen.balancer]);
    });
  });

  const never = { load: () => NEVER, unload: () => undefined };
  const roleOf = async ({ backend }: GroupNode, role: string) =>
    (await describeGroup(backend, house.root)).roles.find((one) => one.role === role);
}

function lastOf<T>(source$: { subscribe(next: (value: T) => void): { unsubscribe(): void } }): Promise<T> {
  return new Promise((resolve) => {
    const subscription = source$.subscribe((value) => {
      resolve(value);
      queueMicrotask(() => subscription.unsubscribe());
    });
  });
}

function isBalancer(group: GroupNode['group']): boolean {
  let leads = false;
  group.balancer$.subscribe(({ role }) => (leads = role === 'leader')).unsubscribe();
  return leads;
}
