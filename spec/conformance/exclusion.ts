import { describe, expect } from 'vitest';
import { seen } from '../support/until.js';
import { held, pair } from './cast.js';
import type { Act, Stage } from './stage.js';

/** Laws 4 and 7: never two at once, and whoever leaves is gone. The stage samples everybody in every spec. */
export function exclusion(act: Act): void {
  describe('law 4, at most one leads', () => {
    act('4: never two lead at once while five come and go', async (stage) => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await stage.join(id);
      for (let round = 0; round < 5; round++) {
        const { me, id } = await stage.eventually(() => stage.members.find(({ me }) => me.isLeader()), 'a leader');
        await Promise.all([me.resign(), stage.join(`${id}'`)]);
      }
      expect(stage.tokens.length).toBeGreaterThanOrEqual(5);
      expect(stage.overlaps).toEqual([]);
    });

    act(
      '4: a leader that is cut off stops believing before its successor starts',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.cut?.(a.backend);
        await stage.leads(b);
        expect(a.me.isLeader()).toBe(false);
        await stage.world.heal?.(a.backend);
        await stage.says(a, 'follower');
        expect(stage.overlaps).toEqual([]);
      },
      'cut',
    );

    act(
      '4: a leader whom the store forgot stops believing before its successor starts',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.expire?.(a.backend);
        await stage.leads(b);
        await stage.says(a, 'follower');
        expect(stage.overlaps).toEqual([]);
      },
      'expire',
    );

    act(
      '4: an evicted leader stops believing before its successor starts',
      async (stage) => {
        const [, b] = await pair(stage);
        await b.election.evict('a');
        await stage.leads(b);
        expect(stage.overlaps).toEqual([]);
      },
      'evict',
    );

    act(
      '4: a leader that is asked to step down has drained before its successor starts',
      async (stage) => {
        const [a, b] = await pair(stage);
        const work = held([]);
        a.me.lead(work.run);
        await stage.eventually(() => work.running());
        const steppedDown = b.election.stepDown({ timeoutMs: stage.patienceMs });
        await stage.says(a, 'resigning');
        expect(b.me.isLeader()).toBe(false);
        work.end();
        expect((await steppedDown).after.id).toBe('b');
        await stage.leads(b);
        expect(stage.overlaps).toEqual([]);
      },
      'step down',
    );
  });

  describe('law 7, withdrawal is guaranteed', () => {
    act('7: unsubscribing withdraws nobody', async (stage) => {
      const [a, b] = await pair(stage);
      for (const { me } of [a, b]) me.leadership$.subscribe().unsubscribe();
      const work = b.me.lead(() => undefined);
      work.unsubscribe();
      await a.me.resign();
      await stage.leads(b);
    });

    act('7: who resigns while still joining leaves nobody in line', async (stage) => {
      const backend = await stage.backend();
      const hasty = ['a', 'b', 'c'].map((id) => stage.enter(id, backend));
      await Promise.all(hasty.map(({ me }) => me.resign()));
      await nobodyBut(stage, []);
      const next = await stage.join('next');
      await stage.leads(next);
    });

    act('7: close() waits until nobody of that backend is in line', async (stage) => {
      const backend = await stage.backend();
      for (const id of ['a', 'b']) await stage.join(id, { backend });
      const other = await stage.join('other');
      await backend.close();
      using line = seen(other.election.participants$);
      const ids = await line.next((all) => all.length > 0, stage.patienceMs);
      expect(ids.map(({ id }) => id)).toEqual(['other']);
      await stage.leads(other);
    });

    act(
      '7: who resigns while cut off is gone in the end, and somebody else leads',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.cut?.(a.backend);
        const resignation = a.me.resign();
        await stage.leads(b);
        await stage.world.heal?.(a.backend);
        expect(['released', 'expired', 'unknown']).toContain(await resignation);
        await nobodyBut(stage, ['b']);
      },
      'cut',
    );
  });
}

/** Waits until an onlooker sees these in line, and nobody else. */
async function nobodyBut(stage: Stage, ids: readonly string[]): Promise<void> {
  using line = seen(stage.election(await stage.backend()).participants$);
  const present = () => line.last?.map(({ id }) => id).join();
  await stage.eventually(() => line.last !== undefined && present() === ids.join(), `only [${ids}] to be in line`);
}
