import { config } from 'rxjs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { isSame, type Leadership } from '../../lib/election/leadership.js';
import { seen, until } from '../support/until.js';
import { aborted, held, pair } from './cast.js';
import { type Act, type Member, words } from './stage.js';

/** One spec or more for each law of `lib/election/election.ts`; the titles begin with its number. */
export function laws(act: Act): void {
  describe('law 1, the current value is always there', () => {
    act('1: a late subscriber gets the current value before subscribe() returns', async (stage) => {
      const [leader, follower] = await pair(stage);
      for (const { me } of [leader, follower]) {
        using late = seen(me.leadership$);
        expect(late.values).toEqual([me.leadership]);
      }
    });

    act('1: the very first value is there before campaign() returns', async (stage) => {
      const { told } = stage.enter('a', await stage.backend());
      expect(told.values).toHaveLength(1);
    });

    act('1: no value is repeated, whatever happens', async (stage) => {
      const [a, b] = await pair(stage);
      await a.me.resign();
      await stage.leads(b);
      await b.me.resign();
      for (const { told } of [a, b]) expect(repeated(told.values)).toEqual([]);
    });
  });

  describe('law 2, every leadership has a larger token', () => {
    act('2: each leadership has a larger token than any before it, whoever had it', async (stage) => {
      for (let round = 1; round <= 3; round += 1) {
        const [a, b] = await pair(stage, `${round}`);
        await a.me.resign();
        await stage.leads(b);
        await b.me.resign();
      }
      expect(stage.tokens.length).toBeGreaterThanOrEqual(6);
      expect(stage.tokens).toEqual(rising(stage.tokens));
    });
  });

  describe('law 3, between two leaderships there is another value', () => {
    act(
      '3: who leads twice in a row says something else in between',
      async (stage) => {
        const alone = await stage.join('a');
        await alone.election.stepDown({ timeoutMs: stage.patienceMs });
        await stage.leads(alone);
        const roles = alone.told.values.map(({ role }) => role);
        const led = roles.flatMap((role, at) => (role === 'leader' ? [at] : []));
        expect(led.length).toBeGreaterThanOrEqual(2);
        expect(led.filter((at) => led.includes(at + 1))).toEqual([]);
      },
      'step down',
    );
  });

  describe('law 5, a loss is a value', () => {
    act(
      '5: losing the connection is told as a value and not as an error',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.cut?.(b.backend);
        await stage.says(b, 'candidate');
        await stage.world.heal?.(b.backend);
        await stage.says(b, 'follower');
        for (const { told } of [a, b]) expect([told.error, told.completed]).toEqual([undefined, false]);
      },
      'cut',
    );

    act(
      '5: losing the place in line is told as a value and not as an error',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.expire?.(a.backend);
        await a.told.next(({ role }) => role === 'candidate', stage.patienceMs);
        await stage.leads(b);
        for (const { told } of [a, b]) expect([told.error, told.completed]).toEqual([undefined, false]);
      },
      'expire',
    );
  });

  describe('law 6, the order of leaving', () => {
    act('6: signal, drain, release, resigned: in this order, and only then the next leadership', async (stage) => {
      const [a, b] = await pair(stage);
      const log: string[] = [];
      const work = held(log);
      a.me.lead(work.run);
      await stage.eventually(() => log.includes('start'));
      a.me.leadership$.subscribe((value) => log.push(`a ${words([value])}`));
      b.me.lead(() => void log.push('b starts'));
      const resignation = a.me.resign();
      await stage.says(a, 'resigning');
      expect([a.me.isLeader(), b.me.isLeader()]).toEqual([false, false]);
      work.end();
      expect(await resignation).toBe('released');
      await stage.leads(b);
      expect(log).toEqual(['start', 'a leader', 'told', 'a resigning', 'end', ...tail(log)]);
      expect(tail(log).sort()).toEqual(['a resigned', 'b starts']);
    });

    act('6: the place is still held while the work drains', async (stage) => {
      const [a, b] = await pair(stage);
      const work = held([]);
      a.me.lead(work.run);
      await stage.eventually(() => work.running());
      const resignation = a.me.resign();
      using line = seen(b.election.participants$);
      await line.next((all) => all.length === 2, stage.patienceMs);
      expect(b.me.leadership).toEqual({ role: 'follower', ahead: 1 });
      work.end();
      await resignation;
      await stage.leads(b);
    });

    act('6: work that does not end holds the place for drainTimeoutMs and no longer', async (stage) => {
      const options = { drainTimeoutMs: stage.patienceMs / 50 };
      const a = await stage.join('a', { options });
      const b = await stage.join('b', { options });
      a.me.lead(() => new Promise(() => undefined));
      const asked = performance.now();
      expect(await a.me.resign()).toBe('released');
      expect(performance.now() - asked).toBeGreaterThanOrEqual(options.drainTimeoutMs - 1);
      await stage.leads(b);
    });

    act('6: work is started and stopped in pairs while leadership wanders', async (stage) => {
      const logs = new Map<Member, string[]>();
      for (const id of ['a', 'b', 'c']) {
        const member = await stage.join(id);
        const log: string[] = [];
        logs.set(member, log);
        member.me.lead(({ signal }) => {
          log.push('start');
          return aborted(signal).then(() => void log.push('stop'));
        });
      }
      while (logs.size > 0) {
        // Whoever it is: on a starved machine a lease may end, and leadership with it.
        const member = await stage.eventually(() => [...logs.keys()].find(({ me }) => me.isLeader()), 'a leader');
        const log = logs.get(member) as string[];
        logs.delete(member);
        await member.me.resign();
        expect(log.length).toBeGreaterThanOrEqual(2);
        expect(log).toEqual(log.map((_, at) => (at % 2 === 0 ? 'start' : 'stop')));
        expect(log.at(-1)).toBe('stop');
      }
    });
  });

  describe('law 8, a candidacy heals itself', () => {
    act(
      '8: who lost its place stands again, at the back of the line',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.expire?.(a.backend);
        await stage.leads(b);
        await stage.says(a, 'follower');
        await b.me.resign();
        await stage.leads(a);
      },
      'expire',
    );

    act(
      '8: who was evicted stands again, at the back of the line',
      async (stage) => {
        const [a, b] = await pair(stage);
        expect((await b.election.evict('a')).id).toBe('a');
        await stage.leads(b);
        await stage.says(a, 'follower');
        expect(words(a.told.values)).toContain('evicted');
      },
      'evict',
    );

    act(
      '8: who was cut off for long stands again once it is not',
      async (stage) => {
        const [a, b] = await pair(stage);
        await stage.world.cut?.(a.backend);
        await stage.leads(b);
        expect(a.me.isLeader()).toBe(false);
        await stage.world.heal?.(a.backend);
        await stage.says(a, 'follower');
        await b.me.resign();
        await stage.leads(a);
      },
      'cut',
    );
  });

  describe('law 9, an exception stalls nobody', () => {
    // One for all: other specs may run at the same time.
    const reported: unknown[] = [];
    beforeAll(() => {
      config.onUnhandledError = (error) => void reported.push(error);
    });
    afterAll(() => {
      config.onUnhandledError = null;
    });

    act('9: an exception in a subscriber is reported by RxJS, and leadership goes on', async (stage) => {
      const [a, b] = await pair(stage);
      const bug = new Error('a bug of the user');
      b.me.leadership$.subscribe(({ role }) => {
        if (role === 'leader') throw bug;
      });
      await a.me.resign();
      await stage.leads(b);
      expect(await b.me.resign()).toBe('released');
      await until(() => reported.includes(bug));
      expect(reported).toEqual([bug]);
    });

    act('9: work that throws lets the next one lead, and its candidate stands again', async (stage) => {
      const [a, b] = await pair(stage);
      a.me.lead(async () => {
        throw new Error('a bug of the user');
      });
      await stage.leads(b);
      await stage.says(a, 'follower');
      expect(words(a.told.values)).toContain('yielding');
      expect([a.told.error, a.told.completed]).toEqual([undefined, false]);
    });
  });
}

const tail = (log: readonly string[]) => log.slice(5);

const repeated = (values: readonly Leadership[]) =>
  values.filter((value, at) => at > 0 && isSame(value, values[at - 1] as Leadership));

const rising = (tokens: readonly bigint[]) => [...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1));
