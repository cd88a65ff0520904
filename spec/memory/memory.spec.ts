import { randomUUID } from 'node:crypto';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Leadership } from '../../lib/election/leadership.js';
import { ClosedError, InvalidOptionError } from '../../lib/errors.js';
import { memory } from '../../lib/memory/index.js';
import { settle, virtualClock, words } from '../election/support.js';
import { type Seen, seen } from '../support/until.js';

const space = () => randomUUID();

describe('spaces of one process', () => {
  it('are shared by name, and apart from each other', async () => {
    const [here, there] = [space(), space()];
    const join = (space: string) => memory({ space }).election('job').campaign({ id: 'a' });
    const candidacies = [join(here), join(here), join(there)];
    expect(candidacies.map((one) => one.isLeader())).toEqual([true, false, true]);
    await Promise.all(candidacies.map((one) => one.resign()));
  });

  it('have a default for those who name none', async () => {
    await using first = memory();
    await using second = memory({ space: 'default' });
    const name = `only here ${randomUUID()}`;
    const [a, b] = [first, second].map((backend) => backend.election(name).campaign({ id: 'x' }));
    expect([a?.isLeader(), b?.isLeader()]).toEqual([true, false]);
  });

  it('are refused without a name', () => {
    expect(() => memory({ space: '' })).toThrow(InvalidOptionError);
  });

  it('never give a token twice, whatever becomes of elections and backends', async () => {
    const here = space();
    const tokens: bigint[] = [];
    for (const name of ['one', 'two', 'one']) {
      await using backend = memory({ space: here });
      backend
        .election(name)
        .campaign({ id: 'a' })
        .lead(({ token }) => void tokens.push(token));
    }
    expect(tokens).toEqual([1n, 2n, 3n]);
  });

  it('know an election by its path, with or without slashes around it', async () => {
    await using backend = memory({ space: space() });
    backend.election('/jobs/nightly').campaign({ id: 'a' });
    backend.election('other').campaign({ id: 'b' });
    const names = async (root?: string) => (await firstValueFrom(backend.elections(root))).map(({ name }) => name);
    expect(await names()).toEqual(['jobs/nightly', 'other']);
    expect(await names('/')).toEqual(['jobs/nightly', 'other']);
    expect(await names('jobs/')).toEqual(['jobs/nightly']);
    expect(await names('job')).toEqual([]);
  });
});

describe('an election in memory', () => {
  it('decides at once: there is no wire', async () => {
    await using backend = memory({ space: space() });
    const election = backend.election('job');
    const [a, b] = [election.campaign({ id: 'a' }), election.campaign({ id: 'b' })];
    expect([a.isLeader(), b.leadership]).toEqual([true, { role: 'follower', ahead: 1 }]);
    const resignation = a.resign();
    expect(b.isLeader()).toBe(true);
    expect(await resignation).toBe('released');
  });

  it('tells a follower that it is first before it leads, as any store would', async () => {
    await using backend = memory({ space: space() });
    const election = backend.election('job');
    const [a, b] = [election.campaign({ id: 'a' }), election.campaign({ id: 'b' })];
    using told = seen(b.leadership$);
    await a.resign();
    expect(words(told.values)).toEqual(['follower', 'electing', 'leader']);
  });

  it('aborts a deposed leader before its successor hears of its luck', async () => {
    await using backend = memory({ space: space() });
    const election = backend.election('job');
    const log: string[] = [];
    for (const id of ['a', 'b', 'c']) {
      election.campaign({ id }).lead(({ signal }) => {
        log.push(`${id} starts`);
        signal.addEventListener('abort', () => log.push(`${id} stops`));
      });
    }
    await election.stepDown({ to: 'c' });
    await election.evict('c');
    expect(log).toEqual(['a starts', 'a stops', 'c starts', 'c stops', 'a starts']);
  });

  it('tells the same story to all, when a leader resigns at the very moment of its election', async () => {
    await using backend = memory({ space: space() });
    const election = backend.election('job');
    const leaders: Array<string | undefined> = [];
    election.leader$.subscribe((leader) => leaders.push(leader?.id));
    const candidates = ['a', 'b', 'c'].map((id) => election.campaign({ id }));
    for (const one of candidates.slice(0, 2))
      one.leadership$.subscribe(({ role }) => role === 'leader' && void one.resign());
    await settle();
    expect(leaders).toEqual([undefined, 'a', undefined, 'b', undefined, 'c']);
    expect(candidates.map((one) => one.isLeader())).toEqual([false, false, true]);
  });

  it('knows at once that an evicted leader leads no more, while the news waits its turn', async () => {
    await using backend = memory({ space: space() });
    const election = backend.election('job');
    const a = election.campaign({ id: 'a' });
    const asked: boolean[] = [];
    election.participants$.subscribe((all) => {
      if (all.length < 2 || asked.length > 0) return;
      asked.push(a.isLeader());
      void election.evict('a');
      asked.push(a.isLeader());
    });
    election.campaign({ id: 'b' });
    expect(asked).toEqual([true, false]);
  });

  it('has room for who joins in the middle of the news', async () => {
    await using backend = memory({ space: space() });
    const election = backend.election('job');
    let late: Seen<Leadership> | undefined;
    election.leader$.subscribe((leader) => {
      if (leader) late ??= seen(election.campaign({ id: 'late' }).leadership$);
    });
    election.campaign({ id: 'a' });
    expect(words(late?.values ?? [])).toEqual(['joining', 'follower']);
    late?.[Symbol.dispose]();
  });

  it('lets the evicted stand again after yieldMs, and leaves no timer when it resigns meanwhile', async () => {
    const clock = virtualClock();
    const backend = memory({ space: space(), clock });
    const election = backend.election('job', { yieldMs: 100 });
    const a = election.campaign({ id: 'a' });
    await election.evict('a');
    expect(a.leadership).toEqual({ role: 'candidate', why: 'evicted' });
    clock.advance(99);
    expect(a.isLeader()).toBe(false);
    clock.advance(26);
    expect(a.isLeader()).toBe(true);
    await election.evict('a');
    await backend.close();
    expect(clock.pending).toBe(0);
  });

  it('publishes what JSON makes of the data, and no later change of it', async () => {
    await using backend = memory({ space: space() });
    const election = backend.election<{ at: unknown; tags: string[] }>('job');
    const data = { at: new Date(0), tags: ['a'] };
    election.campaign({ id: 'a', data });
    data.tags.push('b');
    const leader = await firstValueFrom(election.leader$);
    expect(leader?.data).toEqual({ at: '1970-01-01T00:00:00.000Z', tags: ['a'] });
  });

  it('ends for its observers when the backend closes, and takes no more orders', async () => {
    const backend = memory({ space: space() });
    const election = backend.election('job');
    using leaders = seen(election.leader$);
    using line = seen(election.participants$);
    await backend.close();
    expect([leaders.completed, line.completed]).toEqual([true, true]);
    expect(() => election.campaign({ id: 'a' })).toThrow(ClosedError);
    await expect(election.stepDown()).rejects.toThrow(ClosedError);
    await expect(election.evict('a')).rejects.toThrow(ClosedError);
  });

  it('rejects a step-down that waits for the next leadership when it is closed', async () => {
    const space = randomUUID();
    await using other = memory({ space });
    const leader = other.election('x', { drainTimeoutMs: 50 }).campaign({ id: 'leader' });
    leader.lead(() => new Promise(() => undefined));
    const operator = memory({ space });
    const asked = operator.election('x').stepDown({ timeoutMs: 40 });
    await Promise.all([expect(asked).rejects.toThrow(ClosedError), operator.close()]);
  });

  it('is closed to newcomers from the moment close() is called', async () => {
    const backend = memory({ space: space() });
    const election = backend.election('job');
    const a = election.campaign({ id: 'a' });
    let late: unknown;
    a.leadership$.subscribe(({ role }) => {
      if (role !== 'resigned') return;
      try {
        election.campaign({ id: 'late' });
      } catch (error) {
        late = error;
      }
    });
    await backend.close();
    expect(late).toBeInstanceOf(ClosedError);
  });
});
