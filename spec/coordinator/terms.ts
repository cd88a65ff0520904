import { defer, finalize, firstValueFrom, interval, NEVER, Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fencedWrite } from '../../lib/coordinator/fenced.js';
import { decodeRoleRecord } from '../../lib/coordinator/record.js';
import { openRoleTerm, type RoleTerm } from '../../lib/coordinator/term.js';
import { seen, until } from '../support/until.js';
import { atHome, serve, sessionOf } from './at-home.js';
import { type Node, removeRecord } from './house.js';
import type { World } from './world.js';

/** What a term promises, on any server. */
export function describeTerms(start: () => Promise<World>): void {
  const at = atHome(start);
  const { node } = at;
  const claimed = { term: 1, token: 1n, version: 7, mark: '/none', previous: undefined };
  const removed = (by: Node, path: string) =>
    new Promise<void>((done) => sessionOf(by).remove(path).subscribe({ complete: done }));

  describe('a term', () => {
    it('I7, I8: lets nothing through after its lease, and the next owner begins after that', async () => {
      const proxy = await at.house.proxy(at.zk.one);
      const a = await at.house.node('a', proxy.connect);
      const b = await node('b');
      const term = await serve(a);
      const said: number[] = [];
      term.guarded(interval(1)).subscribe({ next: () => said.push(performance.now()), error: () => undefined });
      b.want(true);
      await b.is('claiming');
      proxy.silent();
      const gone = performance.now();
      await at.zk.expire(sessionOf(a).id);
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
      await until(() => at.house.log.includes('a unloads 1'));
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
      const { term } = openRoleTerm(a.member()!, at.house.address.path, claimed, { ...at.house.address, ...claimed });
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
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1', 'a loads 2', 'a serves 2']);
    });

    it('is over when its record was removed and claimed by another up to the same version while it was cut off', async () => {
      const proxy = await at.house.proxy(at.zk.one);
      const a = await at.house.node('a', proxy.connect, {}, {}, { sessionTimeoutMs: 60_000 });
      const b = await node('b', {}, {}, { sessionTimeoutMs: 60_000 });
      const term = await serve(a);
      await proxy.down();
      const old = a.member()!;
      const { version } = await firstValueFrom(sessionOf(b).get(at.house.address.path));
      const [mark] = await firstValueFrom(sessionOf(b).children(at.house.address.path));
      await removeRecord(sessionOf(b), at.house.address.path);
      const other = await serve(b);
      expect([other.epoch.term, other.epoch.token > term.epoch.token]).toEqual([1, true]);
      expect(term.isCurrent()).toBe(true);
      // What it had under way, had it come through: at the same version, and its place is still there.
      const { path } = at.house.address;
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
    });

    it('is not released over the claim of another, whose record was made anew and came to the same version', async () => {
      const proxy = await at.house.proxy(at.zk.one);
      const a = await at.house.node('a', proxy.connect, {}, {}, { sessionTimeoutMs: 60_000 });
      const b = await node('b', {}, {}, { sessionTimeoutMs: 60_000 });
      await serve(a);
      proxy.hold();
      a.want(false);
      await a.is('stopping');
      await removeRecord(sessionOf(b), at.house.address.path);
      const other = await serve(b);
      proxy.forward();
      await a.is('standby');
      const { data } = await firstValueFrom(sessionOf(b).get(at.house.address.path));
      expect(decodeRoleRecord(data)).toMatchObject({ owner: 'b', released: false });
      expect(other.isCurrent()).toBe(true);
    });

    it('is paused while its connection is lost where that is asked for, and served again when it is back', async () => {
      const proxy = await at.house.proxy(at.zk.one);
      let serving = 0;
      const serve = () =>
        defer(() => {
          serving++;
          return NEVER;
        }).pipe(finalize(() => serving--));
      const patient = { sessionTimeoutMs: 60_000 };
      const a = await at.house.node('a', proxy.connect, { serve }, { onSuspend: 'pause' }, patient);
      const c = await at.house.node('c', proxy.connect, {}, {}, patient);
      a.want(true);
      const { serving: first } = await a.is('serving');
      await proxy.down();
      await a.is('paused');
      expect([serving, first!.term.isCurrent(), c.states.last?.phase]).toEqual([0, true, 'standby']);
      await proxy.up();
      await a.is('serving');
      expect([serving, a.states.last?.serving?.term === first!.term, a.hooks.ends]).toEqual([1, true, []]);
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a serves 1']);
    });

    it('is not served again, after a pause, by a process that slept through its lease', async () => {
      const proxy = await at.house.proxy(at.zk.one);
      const brief = { sessionTimeoutMs: 60_000, leaseMs: 2_000, silenceMs: 10_000 };
      const began: boolean[] = [];
      let ends: (() => void) | undefined;
      const serve = (_: string, term: RoleTerm) => {
        began.push(term.isCurrent());
        return began.length > 1 ? NEVER : new Promise<void>((stop) => (ends = stop));
      };
      const a = await at.house.node('a', proxy.connect, { serve }, { onSuspend: 'pause' }, brief);
      a.want(true);
      await a.is('serving');
      using connection = seen(sessionOf(a).connection$);
      await proxy.down();
      await a.is('paused');
      await proxy.up();
      await until(() => connection.last === 'connected');
      expect([began, a.hooks.ends]).toEqual([[true], []]);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
      ends!();
      await a.is('serving');
      expect([began, a.hooks.terms.length]).toEqual([[true, true], 2]);
    });

    it('is over with its connection where nothing is to be held on to, and followed by a new one', async () => {
      const proxy = await at.house.proxy(at.zk.one);
      const a = await at.house.node('a', proxy.connect, {}, { onSuspend: 'stop' }, { sessionTimeoutMs: 60_000 });
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
      const proxy = await at.house.proxy(at.zk.one);
      const brief = { sessionTimeoutMs: 60_000, leaseMs: 300, silenceMs: 2_000 };
      const a = await at.house.node('a', proxy.connect, {}, {}, brief);
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
}
