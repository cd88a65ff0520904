import { firstValueFrom } from 'rxjs';
import { describe, expect } from 'vitest';
import { ClosedError, InvalidOptionError } from '../../lib/errors.js';
import { seen } from '../support/until.js';
import { aborted, pair } from './cast.js';
import type { Act } from './stage.js';

/** What the port promises beyond the laws: standing, leaving, watching. */
export function port(act: Act): void {
  describe('the line', () => {
    act('hands leadership on in the order in which they joined', async (stage) => {
      const members = [];
      for (const id of ['a', 'b', 'c']) members.push(await stage.join(id));
      expect(members.map(({ me }) => me.leadership)).toMatchObject([
        { role: 'leader' },
        { role: 'follower', ahead: 1 },
        { role: 'follower', ahead: 2 },
      ]);
      for (const member of members) {
        await stage.leads(member);
        await member.me.resign();
      }
    });

    act('hands leadership on when the leader’s backend closes', async (stage) => {
      const [a, b] = await pair(stage);
      await a.backend.close();
      await stage.leads(b);
      expect([a.me.leadership, a.told.completed]).toEqual([{ role: 'resigned', outcome: 'released' }, true]);
    });

    act('lets the others move up when one in the middle leaves', async (stage) => {
      const [a, b] = await pair(stage);
      const c = await stage.join('c');
      await b.me.resign();
      await a.me.resign();
      await stage.leads(c);
    });

    act(
      'hands leadership on when the leader falls silent',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.crash?.(a.backend);
        await stage.leads(b);
        expect(a.me.isLeader()).toBe(false);
      },
      'crash',
    );

    act('has room for two candidacies of one backend', async (stage) => {
      const backend = await stage.backend();
      const a = await stage.join('a', { backend });
      const b = await stage.join('b', { backend });
      expect([a.me.isLeader(), b.me.isLeader()]).toEqual([true, false]);
      await a.me.resign();
      await stage.leads(b);
    });

    act('is one line for each election: two names do not meet', async (stage) => {
      const backend = await stage.backend();
      const a = await stage.join('a', { backend, name: 'one' });
      const b = await stage.join('a', { backend, name: 'two' });
      expect([a.me.isLeader(), b.me.isLeader()]).toEqual([true, true]);
    });
  });

  describe('an observer', () => {
    act('hears that nobody leads, who leads, and who leads next', async (stage) => {
      const onlooker = stage.election(await stage.backend());
      using leaders = seen(onlooker.leader$);
      expect(await leaders.next(() => true, stage.patienceMs)).toBe(undefined);
      const [a, b] = await pair(stage);
      const first = await leaders.next((leader) => leader?.id === 'a', stage.patienceMs);
      expect(first).toMatchObject({ id: 'a', token: tokenOf(a), foreign: false });
      await a.me.resign();
      const second = await leaders.next((leader) => leader?.id === 'b', stage.patienceMs);
      expect(second).toMatchObject({ id: 'b', token: tokenOf(b) });
      await b.me.resign();
      await leaders.next((leader) => leader === undefined, stage.patienceMs);
      expect(leaders.completed).toBe(false);
    });

    act('sees the participants in the order of succession', async (stage) => {
      const onlooker = stage.election(await stage.backend());
      using line = seen(onlooker.participants$);
      const members = [];
      for (const id of ['a', 'b', 'c']) members.push(await stage.join(id));
      const led = (all: readonly { role: string }[]) => all.length === 3 && all[0]?.role === 'leader';
      const all = await line.next(led, stage.patienceMs);
      expect(all.map(({ id, position, role }) => [id, position, role])).toEqual([
        ['a', 1, 'leader'],
        ['b', 2, 'follower'],
        ['c', 3, 'follower'],
      ]);
      expect(all.map(({ waitsFor }) => waitsFor)).toEqual([undefined, all[0]?.name, all[1]?.name]);
      expect(new Set(all.map(({ name }) => name)).size).toBe(3);
      await members[1]?.me.resign();
      const left = await line.next((now) => now.length === 2, stage.patienceMs);
      expect(left.map(({ id }) => id)).toEqual(['a', 'c']);
    });

    act('reads the data that a participant published', async (stage) => {
      const data = { address: 'http://10.0.0.1:8080', weight: 3, tags: ['ä', '領', '🗳'], nested: { no: null } };
      const { election } = await stage.join('a', { data });
      using leaders = seen(election.leader$);
      expect((await leaders.next((leader) => leader !== undefined, stage.patienceMs))?.data).toEqual(data);
      using line = seen(election.participants$);
      expect((await line.next((all) => all.length === 1, stage.patienceMs))[0]?.data).toEqual(data);
    });

    act('is told the status: vacant, then led, by whom, with which token, and who stands', async (stage) => {
      const onlooker = stage.election(await stage.backend());
      const options = { timeoutMs: stage.patienceMs };
      expect(await onlooker.status(options)).toMatchObject({ name: onlooker.name, ...vacant });
      const [a, b] = await pair(stage);
      const led = await stage.eventually(async () => {
        const status = await onlooker.status(options);
        return status.leader && status.participants.length === 2 ? status : undefined;
      });
      expect(led).toMatchObject({ state: 'led', token: tokenOf(a), leader: { id: 'a' } });
      expect(led.participants.map(({ id, role }) => [id, role])).toEqual([
        ['a', 'leader'],
        ['b', 'follower'],
      ]);
      await a.me.resign();
      await stage.leads(b);
      const next = await stage.eventually(async () => {
        const status = await onlooker.status(options);
        return status.leader?.id === 'b' ? status : undefined;
      });
      expect(next.token).toBeGreaterThan(led.token ?? 0n);
    });

    act('is told in the status what the backend counts, and nothing that it does not', async (stage) => {
      const { election } = await stage.join('a');
      const { statistics } = await election.status({ timeoutMs: stage.patienceMs });
      expect(Object.keys(statistics).sort()).toEqual([
        'elections',
        'heartbeatsReceived',
        'heartbeatsSent',
        'lastHeardAt',
      ]);
      for (const count of Object.values(statistics)) if (count !== undefined) expect(count).toBeGreaterThanOrEqual(0);
    });

    act('is refused the status by a backend that was closed', async (stage) => {
      const backend = await stage.backend();
      const election = stage.election(backend);
      await backend.close();
      await expect(election.status()).rejects.toThrow(ClosedError);
    });

    act(
      'finds every election below a root',
      async (stage) => {
        const backend = await stage.backend();
        await stage.join('a', { backend, name: 'one' });
        await stage.join('b', { backend, name: 'two' });
        await stage.join('c', { name: 'two' });
        const found = await firstValueFrom(backend.elections(stage.root));
        expect(found.map(({ name, leader, candidates }) => [name, leader, candidates])).toEqual([
          [`${stage.root}/one`, 'a', 1],
          [`${stage.root}/two`, 'b', 2],
        ]);
      },
      'list',
    );
  });

  describe('a candidacy', () => {
    act('resigns once, whoever asks how often', async (stage) => {
      const [a, b] = await pair(stage);
      const outcomes = await Promise.all([a.me.resign(), a.me.resign(), a.backend.close()]);
      expect([outcomes, await a.me.resign()]).toEqual([['released', 'released', undefined], 'released']);
      expect(words(a.told.values).filter((role) => role === 'resigned')).toHaveLength(1);
      await stage.leads(b);
    });

    act('is refused without an id', async (stage) => {
      const election = stage.election(await stage.backend());
      expect(() => election.campaign({ id: '' })).toThrow(InvalidOptionError);
    });

    act('is refused by a backend that was closed', async (stage) => {
      const backend = await stage.backend();
      const election = stage.election(backend);
      await backend.close();
      await backend.close();
      expect(() => election.campaign({ id: 'late' })).toThrow(ClosedError);
    });
  });

  describe('a backend that closes', () => {
    act('takes no candidate from the moment it begins to', async (stage) => {
      const { backend, election, me } = await stage.join('a');
      me.lead(({ signal }) => aborted(signal));
      const closing = backend.close();
      expect(() => election.campaign({ id: 'late' })).toThrow(ClosedError);
      await closing;
    });
  });

  describe('a connection', () => {
    act('is a value from connected to closed', async (stage) => {
      const { backend } = await stage.join('a');
      using connection = seen(backend.connection$);
      await connection.next((now) => now === 'connected', stage.patienceMs);
      await backend.close();
      await connection.next((now) => now === 'closed', stage.patienceMs);
      using late = seen(backend.connection$);
      expect(late.values).toEqual(['closed']);
    });
  });
}

const vacant = { state: 'vacant', token: undefined, leader: undefined, participants: [] };

const words = (values: readonly { role: string }[]) => values.map(({ role }) => role);

function tokenOf({ told }: { told: { values: readonly { role: string }[] } }): bigint | undefined {
  const led = told.values.find(({ role }) => role === 'leader') as { token: bigint } | undefined;
  return led?.token;
}
