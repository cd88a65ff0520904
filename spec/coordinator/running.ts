import { defer, finalize, last, map, NEVER, Subject, take, tap, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { atHome } from './at-home.js';
import { removeRecord } from './house.js';
import type { World } from './world.js';

/** How a role is run, on any server. */
export function describeRole(start: () => Promise<World>): void {
  const at = atHome(start);
  const { node } = at;

  describe('a role', () => {
    it('is loaded, then served, where it is wanted; unloaded, then released, when it is not', async () => {
      const a = await node('a');
      expect(a.states.last?.phase).toBe('standby');
      a.want(true);
      const { serving, epoch } = await a.is('serving');
      expect([serving?.state, epoch?.term, serving?.term.isCurrent()]).toEqual(['state of 1', 1, true]);
      a.want(false);
      await a.is('standby');
      expect(a.states.values.map(({ phase }) => phase)).toEqual([
        'standby',
        'claiming',
        'loading',
        'serving',
        'stopping',
        'released',
        'standby',
      ]);
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1']);
      expect(a.hooks.ends).toMatchObject([{ cause: 'transferred' }]);
    });

    it('I1: has terms that rise by one and tokens that rise', async () => {
      const nodes = [await node('a'), await node('b')];
      for (let round = 0; round < 6; round++) {
        const one = nodes[round % 2]!;
        one.want(true);
        await one.is('serving');
        one.want(false);
        await one.is('standby');
      }
      const terms = nodes.flatMap(({ hooks }) => hooks.terms).sort((a, b) => a.epoch.term - b.epoch.term);
      expect(terms.map(({ epoch }) => epoch.term)).toEqual([1, 2, 3, 4, 5, 6]);
      const tokens = terms.map(({ epoch }) => epoch.token);
      expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
    });

    it('I6: is loaded by the next owner only after the last has unloaded', async () => {
      const unloading = new Subject<void>();
      const a = await node('a', { unload: () => unloading });
      const b = await node('b');
      a.want(true);
      await a.is('serving');
      a.want(false);
      b.want(true);
      await a.is('stopping');
      await b.is('claiming');
      unloading.complete();
      await b.is('serving');
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1', 'b loads 2', 'b serves 2']);
      expect(b.hooks.terms[0]?.previous).toEqual({ owner: 'a', term: 1, clean: true });
    });

    it('I6: tells the next owner that the last had not unloaded in time, which fences it first', async () => {
      const a = await node('a', { unload: () => NEVER }, { unloadTimeoutMs: 50 });
      const b = await node('b');
      a.want(true);
      await a.is('serving');
      a.want(false);
      b.want(true);
      await b.is('serving');
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1', 'b fences a', 'b loads 2', 'b serves 2']);
      expect(b.hooks.terms[0]?.previous).toEqual({ owner: 'a', term: 1, clean: false });
    });

    it('goes from one that is lost without a word to the next, not before the lease of the lost one is over', async () => {
      const a = await node('a');
      const b = await node('b');
      a.want(true);
      await a.is('serving');
      b.want(true);
      await b.is('claiming');
      await at.zk.expire(a.member()!.session.id);
      const overlaps: string[] = [];
      await until(
        () => {
          const current = [a, b].filter(({ hooks }) => hooks.terms.at(-1)?.isCurrent());
          if (current.length > 1) overlaps.push(current.map(({ id }) => id).join());
          return b.states.last?.phase === 'serving';
        },
        { every: 1 },
      );
      expect(overlaps).toEqual([]);
      expect(at.house.log.filter((line) => line.startsWith('b'))).toEqual(['b fences a', 'b loads 2', 'b serves 2']);
      expect(a.hooks.ends[0]?.cause).toMatch(/lapsed|fenced/);
    });

    it('I5: is tried again after a back-off when its load fails, with one unload for each load and nothing served', async () => {
      let failures = 2;
      const load = () => (failures-- > 0 ? throwError(() => new Error('no disk')) : ['loaded']);
      const a = await node('a', { load });
      a.want(true);
      await a.is('serving');
      expect(at.house.log).toEqual([
        'a loads 1',
        'a unloads 1 half',
        'a loads 2',
        'a unloads 2 half',
        'a loads 3',
        'a serves 3',
      ]);
      expect(a.states.values.filter(({ phase }) => phase === 'failed').map(({ error }) => `${error}`)).toEqual([
        'Error: no disk',
        'Error: no disk',
      ]);
    });

    it('I5: is given up when its load is silent for too long, and not while it says that it goes on', async () => {
      const slow = (_: unknown, progress: () => void) =>
        timer(20, 20).pipe(
          take(8),
          tap(progress),
          last(),
          map(() => 'loaded'),
        );
      const a = await node('a', { load: () => NEVER }, { loadTimeoutMs: 60 });
      a.want(true);
      await until(() => a.states.values.find(({ phase }) => phase === 'failed'));
      a.want(false);
      await a.is('standby');
      const b = await node('b', { load: slow }, { loadTimeoutMs: 60 });
      b.want(true);
      await b.is('serving');
    });

    it('I5: ends when what it serves fails', async () => {
      const serving = new Subject<void>();
      const a = await node('a', { serve: () => serving });
      a.want(true);
      await a.is('serving');
      serving.error(new Error('socket'));
      await until(() => a.hooks.terms.length === 2);
      expect(at.house.log.slice(0, 3)).toEqual(['a loads 1', 'a serves 1', 'a unloads 1']);
      expect(a.hooks.ends[0]?.cause).toBe('resigned');
    });

    it('is not wanted by one that is not ready for it', async () => {
      const ready = new Subject<boolean>();
      const a = await node('a', { ready: () => ready });
      a.want(true);
      ready.next(false);
      await a.is('standby');
      ready.next(true);
      await a.is('serving');
      ready.next(false);
      await a.is('standby');
      expect(at.house.log).toEqual(['a loads 1', 'a serves 1', 'a unloads 1']);
    });

    it('is warmed up while it is waited for, and no longer', async () => {
      const a = await node('a');
      let warm = 0;
      const b = await node('b', {
        warm: () =>
          defer(() => {
            warm++;
            return NEVER;
          }).pipe(finalize(() => warm--)),
      });
      a.want(true);
      await a.is('serving');
      b.want(true);
      await b.is('claiming');
      expect(warm).toBe(1);
      a.want(false);
      await b.is('serving');
      expect(warm).toBe(0);
    });

    it('I7: aborts the signal before anything else, and lets nothing through afterwards', async () => {
      const a = await node('a');
      a.want(true);
      const { serving } = await a.is('serving');
      const order: string[] = [];
      const source = new Subject<number>();
      serving?.term.signal.addEventListener('abort', () => order.push('signal'));
      serving?.term.ended$.subscribe(() => order.push('ended'));
      serving?.term
        .guarded(source)
        .subscribe({ next: (n) => order.push(`${n}`), error: ({ name }) => order.push(name) });
      source.next(1);
      a.want(false);
      source.next(2);
      expect(order).toEqual(['1', 'signal', 'ended', 'TermOverError']);
    });
  });

  describe('a claim whose record is tampered with', () => {
    it('is over when the record is removed, and made anew', async () => {
      const a = await node('a');
      a.want(true);
      await a.is('serving');
      const operator = await node('operator');
      await removeRecord(operator.member()!.session, at.house.address.path);
      await until(() => a.hooks.terms.length === 2);
      expect(a.hooks.ends[0]?.cause).toBe('fenced');
    });
  });
}
