import { concat, defer, finalize, firstValueFrom, interval, NEVER, Observable, of, Subject, timer } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fencedWrite } from '../../lib/coordinator/fenced.js';
import type { RoleHandler, RoleOptions } from '../../lib/coordinator/handler.js';
import { resolveRoleOptions } from '../../lib/coordinator/handler.js';
import { decodeRoleRecord, encodeRoleRecord } from '../../lib/coordinator/record.js';
import { runRole } from '../../lib/coordinator/role.js';
import { openRoleTerm, type RoleTerm } from '../../lib/coordinator/term.js';
import type { ZooKeeperOptions } from '../../lib/zookeeper/index.js';
import { startProxy } from '../support/proxy.js';
import { seen, until } from '../support/until.js';
import { House, type Node, removeRecord } from './house.js';
import type { World } from './world.js';

/** What a term promises, and its hooks, on any server. */
export function describeTerms(start: () => Promise<World>): void {
  let zk: World;
  let house: House;
  beforeEach(async () => {
    zk = await start();
    house = new House();
  });
  afterEach(async () => {
    await house[Symbol.asyncDispose]();
    await zk[Symbol.asyncDispose]();
  });
  const node = (
    id: string,
    hooks?: Partial<RoleHandler<string>>,
    options?: RoleOptions,
    session?: Partial<ZooKeeperOptions>,
  ) => house.node(id, zk.connect, hooks, options, session);
  const sessionOf = (one: Node) => one.member()!.session;
  const serve = async (one: Node) => {
    one.want(true);
    const { serving } = await one.is('serving');
    return serving!.term;
  };
  const claimed = { term: 1, token: 1n, version: 7, mark: '/none', previous: undefined };
  const removed = (by: Node, path: string) =>
    new Promise<void>((done) => sessionOf(by).remove(path).subscribe({ complete: done }));

  describe('a term', () => {
    it('I7, I8: lets nothing through after its lease, and the next owner begins after that', async () => {
      await using proxy = await startProxy(zk.one);
      const a = await house.node('a', proxy.connect);
      const b = await node('b');
      const term = await serve(a);
      const said: number[] = [];
      term.guarded(interval(1)).subscribe({ next: () => said.push(performance.now()), error: () => undefined });
      b.want(true);
      await b.is('claiming');
      proxy.silent();
      const gone = performance.now();
      await zk.expire(sessionOf(a).id);
      let began = 0;
      let overlaps = 0;
      await until(
        () => {
          const [one, other] = [term.isCurrent(), b.hooks.terms.at(-1)?.isCurrent()];
          if (one && other) overlaps++;
          if (other) began ||= performance.now();
          return other;
        },
        { every: 1 },
      );
      // It went on for a while: cut off, it could not know.
      expect(said.at(-1)! - gone).toBeGreaterThan(100);
      expect(said.at(-1)).toBeLessThan(began);
      expect(overlaps).toBe(0);
      expect(b.hooks.log).toContain('b fences a');
      proxy.forward();
    });

    it('I7: aborts its signal before the work is unsubscribed, also when nobody listens to the role any more', async () => {
      const order: string[] = [];
      const a = await node('a', {
        serve: (_, term) =>
          new Observable(() => {
            term.signal.addEventListener('abort', () => order.push('signal'));
            term.ended$.subscribe(() => order.push('ended'));
            return () => order.push('unsubscribed');
          }),
      });
      await serve(a);
      a.states[Symbol.dispose]();
      await until(() => house.log.includes('a unloads 1'));
      expect(order).toEqual(['signal', 'unsubscribed', 'ended']);
    });

    it('I7: passes on no end of a guarded source that its own end has caused', async () => {
      const a = await node('a');
      const term = await serve(a);
      const told = new Observable<never>((subscriber) =>
        term.signal.addEventListener('abort', () => subscriber.error(new Error('aborted'))),
      );
      using guarded = seen(term.guarded(told));
      a.want(false);
      await until(() => guarded.completed);
      expect(guarded.error).toMatchObject({ name: 'TermOverError' });
    });

    it('ends when it is shown a later epoch of its role, and no other', async () => {
      const a = await node('a');
      const term = await serve(a);
      term.witness({ ...term.epoch, role: 'other', token: term.epoch.token + 1n });
      term.witness(term.epoch);
      expect(term.isCurrent()).toBe(true);
      term.witness({ ...term.epoch, token: term.epoch.token + 1n });
      expect(term.isCurrent()).toBe(false);
      await until(() => a.hooks.ends.length);
      expect(a.hooks.ends).toMatchObject([{ cause: 'fenced' }]);
    });

    it('is over when a write of it was refused, before the refusal is told', async () => {
      const a = await node('a');
      await serve(a);
      // With a version that is not the record's: as after another claim.
      const { term } = openRoleTerm(a.member()!, house.address.path, claimed, { ...house.address, ...claimed });
      expect([await term.fenced([]), term.isCurrent()]).toEqual([{ status: 'fenced', by: 'term' }, false]);
    });

    it('is over when an operator removes the znode of its member, and begun anew from the next place', async () => {
      const a = await node('a');
      const b = await node('b');
      await serve(a);
      const { path } = a.member()!;
      await removed(b, path);
      await until(() => a.hooks.terms.length === 2 && a.states.last?.phase === 'serving');
      expect(a.hooks.terms[1]?.epoch.term).toBe(2);
      expect(house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1', 'a loads 2', 'a serves 2']);
    });

    it('is over when its record was removed and claimed by another up to the same version while it was cut off', async () => {
      const proxy = await startProxy(zk.one);
      const a = await house.node('a', proxy.connect, {}, {}, { sessionTimeoutMs: 60_000 });
      const b = await node('b', {}, {}, { sessionTimeoutMs: 60_000 });
      const term = await serve(a);
      await proxy.down();
      const old = a.member()!;
      const { version } = await firstValueFrom(sessionOf(b).get(house.address.path));
      const [mark] = await firstValueFrom(sessionOf(b).children(house.address.path));
      await removeRecord(sessionOf(b), house.address.path);
      const other = await serve(b);
      expect([other.epoch.term, other.epoch.token > term.epoch.token]).toEqual([1, true]);
      expect(term.isCurrent()).toBe(true);
      // What it had under way, had it come through: at the same version, and its place is still there.
      const { path } = house.address;
      const late = { version, mark: `${path}/${mark}` };
      expect((await firstValueFrom(sessionOf(b).get(path))).version).toBe(version);
      expect(await firstValueFrom(fencedWrite({ session: sessionOf(b), path: old.path }, path, late, []))).toEqual({
        status: 'fenced',
        by: 'term',
      });
      await proxy.up();
      await until(() => !term.isCurrent());
      expect(b.hooks.terms).toHaveLength(1);
      expect(other.isCurrent()).toBe(true);
      await a[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    });

    it('is not released over the claim of another, whose record was made anew and came to the same version', async () => {
      await using proxy = await startProxy(zk.one);
      const a = await house.node('a', proxy.connect, {}, {}, { sessionTimeoutMs: 60_000 });
      const b = await node('b', {}, {}, { sessionTimeoutMs: 60_000 });
      await serve(a);
      proxy.hold();
      a.want(false);
      await a.is('stopping');
      await removeRecord(sessionOf(b), house.address.path);
      const other = await serve(b);
      proxy.forward();
      await a.is('standby');
      const { data } = await firstValueFrom(sessionOf(b).get(house.address.path));
      expect(decodeRoleRecord(data)).toMatchObject({ owner: 'b', released: false });
      expect(other.isCurrent()).toBe(true);
      await a[Symbol.asyncDispose]();
    });

    it('is paused while its connection is lost where that is asked for, and served again when it is back', async () => {
      await using proxy = await startProxy(zk.one);
      let serving = 0;
      const serve = () =>
        defer(() => {
          serving++;
          return NEVER;
        }).pipe(finalize(() => serving--));
      const patient = { sessionTimeoutMs: 60_000 };
      const a = await house.node('a', proxy.connect, { serve }, { onSuspend: 'pause' }, patient);
      const c = await house.node('c', proxy.connect, {}, {}, patient);
      a.want(true);
      const { serving: first } = await a.is('serving');
      await proxy.down();
      await a.is('paused');
      expect([serving, first!.term.isCurrent(), c.states.last?.phase]).toEqual([0, true, 'standby']);
      await proxy.up();
      await a.is('serving');
      expect([serving, a.states.last?.serving?.term === first!.term, a.hooks.ends]).toEqual([1, true, []]);
      expect(house.log).toEqual(['a loads 1', 'a serves 1', 'a serves 1']);
    });

    it('is over with its connection where nothing is to be held on to, and followed by a new one', async () => {
      await using proxy = await startProxy(zk.one);
      const a = await house.node('a', proxy.connect, {}, { onSuspend: 'stop' }, { sessionTimeoutMs: 60_000 });
      const term = await serve(a);
      await proxy.down();
      await until(() => !term.isCurrent());
      await proxy.up();
      await until(() => a.hooks.terms.length === 2 && a.states.last?.phase === 'serving');
      expect([a.hooks.ends[0]?.cause, a.hooks.terms[1]?.previous]).toEqual([
        'lapsed',
        { owner: 'a', term: 1, clean: true },
      ]);
    });

    it('lapses with its lease in the same session, and is followed by a new term', async () => {
      await using proxy = await startProxy(zk.one);
      const brief = { sessionTimeoutMs: 60_000, leaseMs: 300, silenceMs: 2_000 };
      const a = await house.node('a', proxy.connect, {}, {}, brief);
      const first = await serve(a);
      const { id } = sessionOf(a);
      proxy.hold();
      await until(() => !first.isCurrent());
      proxy.forward();
      await until(() => a.hooks.terms.length === 2 && a.states.last?.phase === 'serving');
      expect([sessionOf(a).id, a.hooks.terms[1]!.epoch.token > first.epoch.token]).toEqual([id, true]);
      expect(a.hooks.ends).toMatchObject([{ cause: 'lapsed' }]);
    });
  });

  describe('hooks', () => {
    it('I14: of one session are not begun before those of the last have ended, however often it expires', async () => {
      const unloading = new Subject<void>();
      const brief = { sessionTimeoutMs: 3_000, leaseMs: 400 };
      const a = await node('a', { unload: () => unloading }, { unloadTimeoutMs: 20_000 }, brief);
      await serve(a);
      for (const _ of [1, 2]) {
        const member = a.member()!;
        await zk.expire(member.session.id);
        await until(() => a.member() && a.member() !== member);
      }
      // Long enough for the next member to have claimed.
      const from = performance.now();
      await until(() => performance.now() - from > 1_200);
      expect(house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1']);
      unloading.complete();
      await until(() => a.hooks.terms.length === 2);
      await a.is('serving');
      expect(a.hooks.terms[1]?.isCurrent()).toBe(true);
      expect(house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1', 'a fences a', 'a loads 2', 'a serves 2']);
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
      expect(house.log.at(-1)).toBe('b unloads 2 half');
    });

    it('I5: unload once, be they unsubscribed while they load, serve or unload', async () => {
      const unloading = new Subject<void>();
      const a = await node('a', { load: () => NEVER });
      const b = await node('b', { unload: () => unloading }, { unloadTimeoutMs: 20_000 });
      a.want(true);
      await a.is('loading');
      a.states[Symbol.dispose]();
      await until(() => house.log.includes('a unloads 1 half'));
      await serve(b);
      b.want(false);
      await b.is('stopping');
      b.states[Symbol.dispose]();
      unloading.complete();
      const c = await node('c');
      expect((await serve(c)).previous).toEqual({ owner: 'b', term: 2, clean: true });
      expect(house.log.filter((line) => line.includes('unloads'))).toEqual(['a unloads 1 half', 'b unloads 2']);
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
      await zk.expire(sessionOf(a).id);
      a.want(false);
      expect((await serve(b)).previous).toMatchObject({ owner: 'a', clean: false });
    });

    it('are not called with a term that has lapsed while its claim was under way', async () => {
      const a = await node('a');
      const last = { term: 1, owner: 'z', member: 'gone', claim: 'x', leaseMs: 0, released: true, clean: false };
      await firstValueFrom(sessionOf(a).create(house.address.path, encodeRoleRecord(last)));
      // Whoever slept through its lease hears of the claim before any timer tells.
      const asleep = { ...a.member()!, holds: () => false };
      const wanted$ = concat(of(asleep), NEVER);
      using states = seen(runRole(house.address, wanted$, a.hooks, resolveRoleOptions({ backOffMs: 10_000 })));
      await until(() => states.last?.phase === 'released');
      expect(house.log).toEqual([]);
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
      const path = `${house.root}/sub/r`;
      const options = resolveRoleOptions({ backOffMs: 20 });
      const wanted$ = new Observable<ReturnType<Node['member']>>((subscriber) => subscriber.next(a.member()));
      using states = seen(runRole({ ...house.address, path }, wanted$, a.hooks, options));
      await until(() => states.values.find(({ phase }) => phase === 'failed'));
      await new Promise<void>((done) =>
        sessionOf(a).create(`${house.root}/sub`, new Uint8Array()).pipe(finalize(done)).subscribe(),
      );
      await until(() => states.last?.phase === 'serving');
    });
  });
}
