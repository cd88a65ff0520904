import { concat, finalize, firstValueFrom, NEVER, Observable, of, Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { resolveRoleOptions } from '../../lib/coordinator/handler.js';
import { encodeRoleRecord } from '../../lib/coordinator/record.js';
import { runRole } from '../../lib/coordinator/role.js';
import type { RoleTerm } from '../../lib/coordinator/term.js';
import { seen, until } from '../support/until.js';
import { atHome, serve, sessionOf } from './at-home.js';
import type { Node } from './house.js';
import type { World } from './world.js';

/** What the hooks of a role may rely on, on any server. */
export function describeHooks(start: () => Promise<World>): void {
  const at = atHome(start);
  const { node } = at;

  describe('hooks', () => {
    it('I14: of one session are not begun before those of the last have ended, however often it expires', async () => {
      const unloading = new Subject<void>();
      const brief = { sessionTimeoutMs: 3_000, leaseMs: 400 };
      const a = await node('a', { unload: () => unloading }, { unloadTimeoutMs: 20_000 }, brief);
      await serve(a);
      for (const _ of [1, 2]) {
        const member = a.member()!;
        await at.zk.expire(member.session.id);
        await until(() => a.member() && a.member() !== member);
      }
      // Long enough for the next member to have claimed.
      const from = performance.now();
      await until(() => performance.now() - from > 1_200);
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1']);
      unloading.complete();
      await until(() => a.hooks.terms.length === 2);
      await a.is('serving');
      expect(a.hooks.terms[1]?.isCurrent()).toBe(true);
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1', 'a fences a', 'a loads 2', 'a serves 2']);
    });

    it('I5: that are promises are waited for: nothing is unloaded while it is loaded or served', async () => {
      let running = 0;
      const overlaps: number[] = [];
      const hook = async (term: RoleTerm) => {
        running++;
        await new Promise((stop) => term.signal.addEventListener('abort', stop));
        await new Promise((stop) => timer(50).subscribe(stop));
        running--;
      };
      const unload = async () => void overlaps.push(running);
      const a = await node('a', { serve: (_, term) => hook(term), unload });
      await serve(a);
      a.want(false);
      await a.is('standby');
      const b = await node('b', { load: (term) => hook(term).then(() => 'late'), unload });
      b.want(true);
      await b.is('loading');
      b.want(false);
      await b.is('standby');
      expect(overlaps).toEqual([0, 0]);
      expect(at.house.log.at(-1)).toBe('b unloads 2 half');
    });

    it('I5: unload once, be they unsubscribed while they load, serve or unload', async () => {
      const unloading = new Subject<void>();
      const a = await node('a', { load: () => NEVER });
      const b = await node('b', { unload: () => unloading }, { unloadTimeoutMs: 20_000 });
      a.want(true);
      await a.is('loading');
      a.states[Symbol.dispose]();
      await until(() => at.house.log.includes('a unloads 1 half'));
      await serve(b);
      b.want(false);
      await b.is('stopping');
      b.states[Symbol.dispose]();
      unloading.complete();
      const c = await node('c');
      expect((await serve(c)).previous).toEqual({ owner: 'b', term: 2, clean: true });
      expect(at.house.log.filter((line) => line.includes('unloads'))).toEqual(['a unloads 1 half', 'b unloads 2']);
    });

    it.each(['loading', 'serving', 'stopping'] as const)(
      'I5: unload once when the backend is closed while %s',
      async (phase) => {
        const unloading = new Subject<void>();
        const load = phase === 'loading' ? () => NEVER : undefined;
        const a = await node('a', { ...(load && { load }), unload: () => unloading }, { unloadTimeoutMs: 20_000 });
        a.want(true);
        await a.is(phase === 'loading' ? 'loading' : 'serving');
        if (phase === 'stopping') a.want(false);
        await a.is(phase);
        const term = a.hooks.terms[0]!;
        const { path } = a.member()!;
        await a.backend.close();
        unloading.complete();
        await until(() => a.states.completed || a.states.last?.phase === 'standby');
        expect([term.isCurrent(), a.hooks.ends.length]).toEqual([false, 1]);
        const b = await node('b');
        await expect(firstValueFrom(sessionOf(b).get(path))).rejects.toMatchObject({ storeCode: 'NO_NODE' });
        expect(await term.fenced([])).toMatchObject({ status: 'fenced' });
      },
    );

    it('I6: that end after their session leave it to the next owner to make sure', async () => {
      const a = await node('a');
      const b = await node('b');
      await serve(a);
      await at.zk.expire(sessionOf(a).id);
      a.want(false);
      expect((await serve(b)).previous).toMatchObject({ owner: 'a', clean: false });
    });

    it('are not called with a term that has lapsed while its claim was under way', async () => {
      const a = await node('a');
      const last = { term: 1, owner: 'z', member: 'gone', claim: 'x', leaseMs: 0, released: true, clean: false };
      await firstValueFrom(sessionOf(a).create(at.house.address.path, encodeRoleRecord(last)));
      // Whoever slept through its lease hears of the claim before any timer tells.
      const asleep = { ...a.member()!, holds: () => false };
      const wanted$ = concat(of(asleep), NEVER);
      using states = seen(runRole(at.house.address, wanted$, a.hooks, resolveRoleOptions({ backOffMs: 10_000 })));
      await until(() => states.last?.phase === 'released');
      expect(at.house.log).toEqual([]);
    });

    it('give the role up when a fencing does not end', async () => {
      const a = await node('a', { unload: () => NEVER }, { unloadTimeoutMs: 20 });
      await serve(a);
      a.want(false);
      await a.is('standby');
      const b = await node('b', { fencePrevious: () => NEVER }, { loadTimeoutMs: 50 });
      b.want(true);
      await until(() => b.states.values.find(({ phase }) => phase === 'failed'));
      expect(b.states.values.find(({ phase }) => phase === 'failed')?.error).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
    });

    it('do not begin while it is warmed up', async () => {
      const order: string[] = [];
      const a = await node('a', {
        warm: () => new Observable(() => () => order.push('cooled')),
        load: () => {
          order.push('loads');
          return ['state'];
        },
      });
      await serve(a);
      expect(order).toEqual(['cooled', 'loads']);
    });

    it('may fail to tell whether they are ready: then they are not', async () => {
      const ready = new Subject<boolean>();
      const a = await node('a', { ready: () => ready });
      a.want(true);
      ready.next(true);
      await a.is('serving');
      ready.error(new Error('no probe'));
      await a.is('standby');
      expect(a.states.error).toBeUndefined();
    });
  });

  describe('a role', () => {
    it('outlives the folder of its record', async () => {
      const a = await node('a');
      const path = `${at.house.root}/sub/r`;
      const options = resolveRoleOptions({ backOffMs: 20 });
      const wanted$ = new Observable<ReturnType<Node['member']>>((subscriber) => subscriber.next(a.member()));
      using states = seen(runRole({ ...at.house.address, path }, wanted$, a.hooks, options));
      await until(() => states.values.find(({ phase }) => phase === 'failed'));
      await new Promise<void>((done) =>
        sessionOf(a).create(`${at.house.root}/sub`, new Uint8Array()).pipe(finalize(done)).subscribe(),
      );
      await until(() => states.last?.phase === 'serving');
    });
  });
}
