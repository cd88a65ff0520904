import { randomUUID } from 'node:crypto';
import { filter, firstValueFrom, lastValueFrom, NEVER, of, timer } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRoleGroup, type RoleGroup } from '../../lib/coordinator/group.js';
import { openLocator } from '../../lib/coordinator/locator.js';
import type { RoleTerm } from '../../lib/coordinator/term.js';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { opcode, startProxy } from '../support/proxy.js';
import { seen, until } from '../support/until.js';
import type { World } from './world.js';

/** How owners are found, on any server. */
export function describeLocator(start: () => Promise<World>): void {
  let zk: World;
  let root: string;
  const open: ZooKeeperBackend[] = [];
  beforeEach(async () => {
    zk = await start();
    root = `/jobs-${randomUUID()}`;
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backend) => backend.close()));
    await zk[Symbol.asyncDispose]();
  });
  const backend = (servers = zk.connect) => {
    const made = zookeeper({ servers, sessionTimeoutMs: 1_500 });
    open.push(made);
    return made;
  };
  const terms: RoleTerm[] = [];
  const join = (id: string): Promise<RoleGroup<string>> =>
    openRoleGroup(backend(), {
      root,
      node: { id, address: `${id}:80` },
      roles: { count: 3 },
      handler: () => ({
        load: (term) => {
          terms.push(term);
          return [id];
        },
        serve: () => NEVER,
        unload: () => undefined,
      }),
    });

  // A group waits before it places its first roles.
  describe('a locator', { timeout: 20_000 }, () => {
    it('names the owner of a key and its address, and waits for one while there is none', async () => {
      const a = await join('a');
      const locator = await openLocator(backend(), root);
      const { owner, epoch } = await locator.ownerOf('some key', { authoritative: true });
      expect([owner, epoch.role, epoch.incarnation]).toEqual([
        { node: 'a', address: 'a:80' },
        locator.roleOf('some key'),
        a.config.incarnation,
      ]);
      await a.close();
      await expect(locator.ownerOf('some key', { timeoutMs: 50 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      const late = locator.ownerOf('some key');
      await join('b');
      expect((await late).owner.node).toBe('b');
    });

    it('I9: never goes back to an earlier epoch, keeps the last owner while it is cut off, and arrives at the last', {
      timeout: 20_000,
    }, async () => {
      await join('a');
      await using proxy = await startProxy(zk.one);
      const seat = backend(proxy.connect);
      const locator = await openLocator(seat, root);
      using views = seen(locator.owner$('k'));
      await until(() => views.last?.status === 'owned');
      proxy.hold();
      await until(() => views.last?.status === 'stale');
      expect(views.last).toMatchObject({ owner: { node: 'a' } });
      proxy.forward();
      for (const { store } of [...open]) {
        const session = await firstValueFrom(store.session$.pipe(filter((one) => one !== undefined)));
        await zk.expire(session.id);
      }
      await until(
        () =>
          views.last?.status === 'owned' &&
          terms.some((term) => term.isCurrent() && term.epoch.role === locator.roleOf('k')),
        { within: 15_000 },
      );
      const role = locator.roleOf('k');
      const current = await until(() => terms.find((term) => term.isCurrent() && term.epoch.role === role));
      await until(() => views.last?.status === 'owned' && views.last.epoch.token === current.epoch.token, {
        within: 15_000,
      });
      const tokens = views.values.flatMap((view) =>
        view.status === 'vacant' ? (view.last ? [view.last.token] : []) : [view.epoch.token],
      );
      expect(tokens).toEqual([...tokens].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)));
      expect(new Set(tokens).size).toBeGreaterThan(1);
    });

    it('calls the owner again when it answers that it is loading or not the one', async () => {
      await join('a');
      const locator = await openLocator(backend(), root);
      const answers = ['COORDINATOR_LOADING', 'NOT_COORDINATOR'];
      const call = ({ address }: { address: string }) => {
        const code = answers.shift();
        if (code) throw Object.assign(new Error(code), { code, retryAfterMs: 1 });
        return of(address);
      };
      expect(await lastValueFrom(locator.withOwner('k', call))).toBe('a:80');
      const refused = locator.withOwner('k', () => {
        throw new Error('mine');
      });
      await expect(lastValueFrom(refused)).rejects.toThrow('mine');
      const never = locator.withOwner('k', () => timer(10_000), { timeoutMs: 50 });
      await expect(lastValueFrom(never)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    it('calls again, of the latest owner, a call that was refused because the epoch it was told of is stale', async () => {
      await join('a');
      const locator = await openLocator(backend(), root);
      const answers = ['STALE_EPOCH'];
      const call = ({ address }: { address: string }) => {
        const code = answers.shift();
        if (code) throw Object.assign(new Error(code), { code });
        return of(address);
      };
      expect(await lastValueFrom(locator.withOwner('k', call, { retryMs: 1 }))).toBe('a:80');
    });

    it('makes sure of an owner that was reported once, also if a report of an earlier epoch comes late', async () => {
      await join('a');
      await using proxy = await startProxy(zk.one);
      const locator = await openLocator(backend(proxy.connect), root);
      let checks = 0;
      proxy.onRequest(({ opcode: code }, pass) => {
        if (code === opcode.multi) checks++;
        pass();
      });
      using _ = seen(locator.owner$('k'));
      const { epoch } = await locator.ownerOf('k');
      const asked: number[] = [];
      const ask = async () => {
        await locator.ownerOf('k');
        asked.push(checks);
      };
      await ask();
      locator.report('k', epoch);
      locator.report('k', { ...epoch, token: epoch.token - 1n });
      await ask();
      await ask();
      // A load is no doubt: who says that it loads is the owner.
      const answers = [{ code: 'COORDINATOR_LOADING', retryAfterMs: 1 }];
      const call = () => {
        const answer = answers.shift();
        if (answer) throw Object.assign(new Error(answer.code), answer);
        return of('done');
      };
      await lastValueFrom(locator.withOwner('k', call));
      await ask();
      expect(asked).toEqual([0, 1, 1, 1]);
    });

    it('says so when there is no group', async () => {
      await expect(openLocator(backend(), '/none')).rejects.toMatchObject({ code: 'NO_SUCH_GROUP' });
    });
  });
}
