import { lastValueFrom, NEVER, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { describeGroup, openRoleGroup, type ShutdownProgress } from '../../lib/coordinator/index.js';
import { memory } from '../../lib/memory/index.js';
import { until } from '../support/until.js';
import { atGroup } from './at-group.js';
import type { GroupNode } from './group-house.js';
import type { World } from './world.js';

/** What a group promises, on any server. */
export function describeGroups(start: () => Promise<World>): void {
  const at = atGroup(start);
  const { join, three } = at;
  const never = { load: () => NEVER, unload: () => undefined };
  const stopped = (nodes: readonly GroupNode[]) =>
    nodes.flatMap(({ changes }) => changes.values.filter(({ phase }) => phase === 'stopping').map(({ role }) => role));
  const all = (progress: ReturnType<GroupNode['group']['shutdown']>): Promise<readonly ShutdownProgress[]> =>
    lastValueFrom(progress.pipe(toArray()));

  describe('a role group', { timeout: 20_000 }, () => {
    it('gives every role to one of the processes that are there, and to a newcomer its share', async () => {
      const nodes = await three();
      const before = stopped(nodes).length;
      await join('d');
      await at.house.settled({ a: 3, b: 3, c: 3, d: 3 });
      expect(stopped(nodes).length - before).toBe(3);
    });

    it('gives to the others what a process had that was lost without a word, and moves nothing else', async () => {
      const [a, b, c] = await three();
      const kept = [...a.serving(), ...b.serving()];
      const before = stopped([a, b]);
      await c.backend.close();
      await at.house.settled({ a: 6, b: 6 });
      expect([...a.serving(), ...b.serving()]).toEqual(expect.arrayContaining(kept));
      expect(stopped([a, b])).toEqual(before);
    });

    it('goes on from the table of the last balancer', async () => {
      const nodes = await three();
      const balancer = await until(() => nodes.find(({ group }) => group.role('0') && isBalancer(group)));
      const others = nodes.filter((node) => node !== balancer);
      const before = stopped(others);
      await balancer.group.close();
      await at.house.settled(Object.fromEntries(others.map(({ id }) => [id, 6])));
      expect(stopped(others)).toEqual(before);
    });

    it('moves no owned role before members have been the same for a while, and places the others at once', async () => {
      const [a, b, c] = await three({ moves: { settleMs: 600 } });
      await c.group.close();
      await at.house.settled({ a: 6, b: 6 });
      const before = stopped([a, b]).length;
      const since = performance.now();
      const [d] = await join('d', { moves: { settleMs: 600 } });
      await at.house.settled({ a: 4, b: 4, d: 4 });
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
      await at.house.settled({ a: 6, b: 6 });
      blocked = true;
      const before = stopped([a!, b!]).length;
      await join('c', { moves: { maxInFlight: 2 } });
      await until(() => stopped([a!, b!]).length === before + 2);
      await a!.group.admin.pauseBalancing('a look at the table');
      const table = await describeGroup(a!.backend, at.house.root);
      expect(table.roles.filter(({ phase }) => phase === 'moving')).toHaveLength(2);
      expect(table.nodes.map(({ node, desired }) => [node, desired])).toContainEqual(['c', 2]);
      blocked = false;
      await a!.group.admin.resumeBalancing();
      await at.house.settled({ a: 4, b: 4, c: 4 });
    });

    it('places elsewhere for a while what failed to load', async () => {
      const hooks = { load: () => throwError(() => new Error('no disk')) };
      await join('a', { hooks });
      await until(() => at.house.nodes[0]!.changes.values.find(({ phase }) => phase === 'failed'));
      await join('b');
      await at.house.settled({ a: 0, b: 12 });
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
      await at.house.settled({ a: 12 });
      expect(most).toBe(3);
    });

    it('weighs nodes, and tells who is there', async () => {
      await join('a', { node: { id: 'a', address: 'a:1', weight: 3, zone: 'x' } });
      const [b] = await join('b');
      await at.house.settled({ a: 9, b: 3 });
      const members = await until(() => lastOf(b!.group.members$));
      expect(members.get('a')).toMatchObject({ node: 'a', address: 'a:1', weight: 3, zone: 'x' });
    });

    it('is not opened with other roles than it has, nor on a backend that lends no store', async () => {
      await join('a');
      await expect(at.house.join('b', { roles: { count: 13 } })).rejects.toThrow(
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
      await at.house.settled({ a: 0, b: 6, c: 6 });
      expect(progress[0]).toMatchObject({ phase: 'draining', rolesLeft: 4 });
      expect(progress.find(({ phase }) => phase === 'leaving')).toMatchObject({ rolesLeft: 0, moved: 4 });
      expect(progress.at(-1)).toMatchObject({ phase: 'left', rolesLeft: 0, moved: 4, unclean: [] });
      const left = progress.map(({ rolesLeft }) => rolesLeft);
      expect(left).toEqual([...left].sort((one, other) => other - one));
    });

    it('I11: of two at once never passes a role from one to the other', async () => {
      const [a, b] = await three();
      await Promise.all([all(a.group.shutdown()), all(b.group.shutdown())]);
      await at.house.settled({ a: 0, b: 0, c: 12 });
      const loads = [a, b].flatMap(({ changes }) => changes.values.filter(({ phase }) => phase === 'loading'));
      expect(loads).toHaveLength(8);
    });

    it('I11: lists what had not been unloaded in time, and its next owner is told', async () => {
      const fenced: string[] = [];
      const [a] = await join('a', { hooks: { unload: () => NEVER }, unloadTimeoutMs: 60 });
      await at.house.settled({ a: 12 });
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
      await at.house.settled({ a: 0, b: 12 });
      expect(last!.unclean).toHaveLength(12);
      expect(fenced).toHaveLength(12);
    });

    it('I11: lists at its end what was handed over, and had not been unloaded in time', async () => {
      const [a] = await three({ hooks: { unload: () => NEVER }, unloadTimeoutMs: 60, moves: { maxInFlight: 1 } });
      const handed = a.serving();
      const last = (await all(a.group.shutdown({ deadlineMs: 15_000 }))).at(-1);
      expect(last).toMatchObject({ phase: 'left', moved: 4 });
      expect([...last!.unclean].sort()).toEqual(handed);
    });

    it('stays at the deadline if it is told to, and takes roles again', async () => {
      let released = false;
      const [a] = await three({ hooks: { unload: () => until(() => released) }, unloadTimeoutMs: 5_000 });
      const last = (await all(a.group.shutdown({ deadlineMs: 100, atDeadline: 'stay' }))).at(-1);
      expect(last).toMatchObject({ phase: 'stayed', moved: 0 });
      expect(last!.rolesLeft).toBeGreaterThan(0);
      released = true;
      await at.house.settled({ a: 4, b: 4, c: 4 });
    });

    it('leaves at once when there is nobody to take over', async () => {
      const [a] = await join('a');
      await at.house.settled({ a: 12 });
      const last = (await all(a!.group.shutdown({ deadlineMs: 9_000 }))).at(-1);
      expect(last).toMatchObject({ phase: 'left', rolesLeft: 0, unclean: [] });
      expect(last!.elapsedMs).toBeLessThan(5_000);
    });
  });
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
