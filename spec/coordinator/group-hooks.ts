import { BehaviorSubject, filter, firstValueFrom, map, NEVER, Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { RoleTerm } from '../../lib/coordinator/term.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { until } from '../support/until.js';
import { atGroup } from './at-group.js';
import type { World } from './world.js';

/** The whole thread stands still, as in a process that is stopped. */
const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** What the hooks of roles may rely on in a group, on any server. */
export function describeGroupHooks(start: () => Promise<World>): void {
  const at = atGroup(start);
  const { join } = at;

  describe('hooks in a group', { timeout: 20_000 }, () => {
    it('that go on telling whether they are ready do not keep the group from being closed', async () => {
      const ready = new BehaviorSubject(true);
      const [a] = await join('a', { hooks: { ready: () => ready } });
      await at.house.settled({ a: 12 });
      let closed = false;
      void a!.group.close().then(() => {
        closed = true;
      });
      await until(() => closed, { describe: 'the group to be closed' }).finally(() => ready.complete());
      await at.house.settled({ a: 0 });
    });

    it('I5: that load with a promise are waited for before they unload', async () => {
      let loading = 0;
      const overlaps: number[] = [];
      const load = async ({ signal }: RoleTerm) => {
        loading++;
        await new Promise((stop) => signal.addEventListener('abort', stop));
        await new Promise((stop) => timer(50).subscribe(stop));
        loading--;
        return 'late';
      };
      const [a] = await join('a', { hooks: { load, unload: () => void overlaps.push(loading) }, roles: { count: 1 } });
      await until(() => loading === 1);
      await a!.group.close();
      expect(overlaps).toEqual([0]);
    });

    it('I5: whose turn to load has not come are not called to unload', async () => {
      const told: string[] = [];
      const hooks = {
        load: ({ epoch }: RoleTerm) => {
          told.push(`loads ${epoch.role}`);
          return NEVER;
        },
        unload: (_: unknown, { epoch }: { epoch: RoleTerm['epoch'] }) => void told.push(`unloads ${epoch.role}`),
      };
      const [a] = await join('a', { hooks, loadConcurrency: 1, roles: { count: 2 } });
      const phases = (role: string) => a!.changes.values.filter((one) => one.role === role).map(({ phase }) => phase);
      await until(() => phases('0').includes('loading') && phases('1').includes('loading'));
      await a!.group.admin.pauseBalancing('one of two');
      const [b] = await join('b', { roles: { count: 2 } });
      const waiting = told.includes('loads 0') ? '1' : '0';
      await b!.group.admin.transfer(waiting, 'b');
      expect(told).toEqual([`loads ${waiting === '0' ? '1' : '0'}`]);
    });

    it('I7: whose turn to load comes after a sleep through the lease are not called with that term', async () => {
      const first = new Subject<string>();
      const stale: string[] = [];
      let loads = 0;
      const load = (term: RoleTerm) => {
        if (!term.isCurrent()) stale.push(`${term.epoch.role} in ${term.epoch.term}`);
        return loads++ === 0 ? first : ['state'];
      };
      const [a] = await join('a', { hooks: { load }, loadConcurrency: 1 });
      await until(() => a!.changes.values.filter(({ phase }) => phase === 'loading').length === 12);
      // A session of 3 s, and a lease of 1 s; the first load ends before any timer can tell.
      sleep(1_500);
      first.next('state');
      await at.house.settled({ a: 12 });
      expect(stale).toEqual([]);
    });

    it('that cannot be made for one role leave the others where they are, and that one to another process', async () => {
      const none = (role: string) => {
        throw new Error(`no ${role}`);
      };
      const [a] = await join('a', { roles: { ids: ['x', 'y'] } });
      await at.house.settled({ a: 2 });
      const moved = a!.group.roles$.pipe(filter(({ phase }) => phase === 'released'));
      const role = firstValueFrom(moved.pipe(map((change) => change.role)));
      const [b] = await join('b', { roles: { ids: ['x', 'y'] }, handler: none });
      await until(() => b!.changes.values.find(({ phase }) => phase === 'failed'));
      expect(b!.changes.last).toMatchObject({ role: await role });
      await at.house.settled({ a: 2 });
      expect(b!.changes.error).toBeUndefined();
    });

    it('of other roles go on where the store denies the record of one', async () => {
      const acl = [{ perms: 1, scheme: 'world', id: 'anyone' }];
      const seats = [zookeeper({ servers: at.zk.connect }), zookeeper({ servers: at.zk.connect, acl })] as const;
      const make = async (seat: (typeof seats)[number], path: string) => {
        const session = await firstValueFrom(seat.store.session$.pipe(filter((one) => one !== undefined)));
        await firstValueFrom(session.create(`${at.house.root}${path}`, new Uint8Array()));
      };
      await make(seats[0], '');
      await make(seats[0], '/roles');
      await make(seats[1], '/roles/3');
      await Promise.all(seats.map((seat) => seat.close()));
      const [a] = await join('a');
      await at.house.settled({ a: 11 });
      const failures = () => a!.changes.values.filter(({ phase }) => phase === 'failed');
      await until(() => failures().length > 0);
      const failed = failures();
      expect([...new Set(failed.map(({ role, error }) => `${role}: ${(error as Error).name}`))]).toEqual([
        '3: AccessDeniedError',
      ]);
    });
  });
}
