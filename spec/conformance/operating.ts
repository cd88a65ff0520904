import { describe, expect } from 'vitest';
import { DeadlineError, LeaderChangedError, NoLeaderError, NoSuchParticipantError } from '../../lib/errors.js';
import { seen } from '../support/until.js';
import { held, pair } from './cast.js';
import type { Act, Stage } from './stage.js';

/** What an operator can ask for, and who should lead rather than another. */
export function operating(act: Act): void {
  describe('a step-down', () => {
    act(
      'makes the next in line lead, and the former leader the last',
      async (stage) => {
        const [a, b] = await pair(stage);
        const c = await stage.join('c');
        const { before, after } = await c.election.stepDown({ reason: 'deploy', timeoutMs: stage.patienceMs });
        expect([before.id, after.id]).toEqual(['a', 'b']);
        expect(after.token).toBeGreaterThan(before.token ?? 0n);
        await stage.leads(b);
        await stage.says(a, 'follower');
        await b.me.resign();
        await stage.leads(c);
      },
      'step down',
    );

    act(
      'of one who stands alone makes it lead again, with a new token',
      async (stage) => {
        const alone = await stage.join('a');
        const { before, after } = await alone.election.stepDown({ timeoutMs: stage.patienceMs });
        expect([before.id, after.id]).toEqual(['a', 'a']);
        expect(after.token).toBeGreaterThan(before.token ?? 0n);
      },
      'step down',
    );

    act(
      'is refused when somebody else leads than was expected',
      async (stage) => {
        const [a, b] = await pair(stage);
        await expect(b.election.stepDown({ expectLeader: 'b' })).rejects.toThrow(LeaderChangedError);
        expect(a.me.isLeader()).toBe(true);
        const { after } = await b.election.stepDown({ expectLeader: 'a', timeoutMs: stage.patienceMs });
        expect(after.id).toBe('b');
      },
      'step down',
    );

    act(
      'is refused when nobody leads',
      async (stage) => {
        const empty = stage.election(await stage.backend());
        await expect(empty.stepDown()).rejects.toThrow(NoLeaderError);
      },
      'step down',
    );

    act(
      'reaches its deadline while the work still drains; the hand-over goes on',
      async (stage) => {
        const [a, b] = await pair(stage);
        const work = held([]);
        a.me.lead(work.run);
        await stage.eventually(() => work.running());
        const asked = b.election.stepDown({ timeoutMs: stage.patienceMs / 50 });
        await expect(asked).rejects.toThrow(DeadlineError);
        await stage.says(a, 'resigning');
        work.end();
        await stage.leads(b);
      },
      'step down',
    );
  });

  describe('a transfer', () => {
    act(
      'makes the named one lead, whoever is ahead of it in line',
      async (stage) => {
        const [a] = await pair(stage);
        const c = await stage.join('c');
        const { after } = await a.election.stepDown({ to: 'c', timeoutMs: stage.patienceMs });
        expect(after.id).toBe('c');
        await stage.leads(c);
      },
      'step down',
      'transfer',
    );

    act(
      'is refused when the named one is not in line',
      async (stage) => {
        const [a, b] = await pair(stage);
        await expect(b.election.stepDown({ to: 'nobody' })).rejects.toThrow(NoSuchParticipantError);
        expect(a.me.isLeader()).toBe(true);
      },
      'step down',
      'transfer',
    );
  });

  describe('an eviction', () => {
    act(
      'takes a follower out of the line, who stands again in the end; the leader goes on',
      async (stage) => {
        const [a, b] = await pair(stage);
        const evicted = await a.election.evict('b');
        expect(evicted).toMatchObject({ id: 'b', position: 2, role: 'follower' });
        using line = seen(a.election.participants$);
        await line.next((all) => all.every(({ name }) => name !== evicted.name), stage.patienceMs);
        expect(a.me.isLeader()).toBe(true);
        await a.me.resign();
        await stage.leads(b);
      },
      'evict',
    );

    act(
      'is refused for somebody who is not in line',
      async (stage) => {
        const [a] = await pair(stage);
        await expect(a.election.evict('nobody')).rejects.toThrow(NoSuchParticipantError);
      },
      'evict',
    );
  });

  describe('a preference', () => {
    const prefer = (a: { data: unknown }, b: { data: unknown }) => weight(b) - weight(a);

    act(
      'makes the best candidate lead at the next vacancy, and takes leadership from nobody before',
      async (stage) => {
        const [a, b, c] = await weighted(stage, [1, 2, 3], { prefer });
        expect(a?.me.isLeader()).toBe(true);
        await a?.me.resign();
        await stage.leads(c as never);
        await c?.me.resign();
        await stage.leads(b as never);
      },
      'prefer',
    );

    act(
      'with preempt makes a leader hand over as soon as a better one joins',
      async (stage) => {
        const [a, b] = await weighted(stage, [1, 2], { prefer, preempt: true });
        await stage.leads(b as never);
        await stage.says(a as never, 'follower');
      },
      'prefer',
    );

    act(
      'with preempt makes a leader hand over to a better newcomer who comes after the last in line has left',
      async (stage) => {
        const options = { prefer, preempt: true };
        const [a, b, c] = await weighted(stage, [1, 1, 1], options);
        await a?.me.resign();
        await stage.leads(b as never);
        await c?.me.resign();
        const d = await stage.join('d', { data: { weight: 2 }, options });
        await stage.leads(d);
        await stage.says(b as never, 'follower');
      },
      'prefer',
    );

    act(
      'of two for each other ends in a leadership all the same',
      async (stage) => {
        const anybodyElse = (a: { id: string }, b: { id: string }) => (a.id === b.id ? 0 : -1);
        const [a, ...others] = await weighted(stage, [1, 1, 1], { prefer: anybodyElse });
        await a?.me.resign();
        await stage.eventually(() => others.some(({ me }) => me.isLeader()), 'one of the others to lead');
      },
      'prefer',
    );
  });
}

const weight = ({ data }: { data: unknown }) => (data as { weight: number }).weight;

/** Participants of these weights, in this order; each has its place in line. */
async function weighted(stage: Stage, weights: readonly number[], options: object) {
  const members = [];
  for (const [at, weight] of weights.entries())
    members.push(await stage.join(`${at}-${weight}`, { data: { weight }, options }));
  return members;
}
