import { BehaviorSubject, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Participant } from '../../lib/election/election.js';
import { InvalidOptionError } from '../../lib/errors.js';
import type { Status } from '../../lib/health/heartbeat.js';
import { preferByHealth } from '../../lib/health/prefer.js';
import type { Member } from '../../lib/health/roster.js';
import { whileCritical, yieldWhen } from '../../lib/health/yield-when.js';
import { memory } from '../../lib/memory/index.js';
import { settle, virtualClock } from '../election/support.js';
import { seen } from '../support/until.js';

const member = (id: string, status: Status, state: Member['state'] = 'alive') => ({ id, status, state }) as Member;

let spaces = 0;

/** Candidates in memory, of whom the first leads and tells its status, in virtual time. */
function scene(ids: readonly string[], options: { members?: readonly Member[]; holdOffMs?: number } = {}) {
  const clock = virtualClock();
  const backend = memory({ space: `leading-${++spaces}`, clock });
  const election = backend.election('job');
  const candidacies = ids.map((id) => election.campaign({ id }));
  const [me] = candidacies as [(typeof candidacies)[number]];
  const status$ = new BehaviorSubject<Status>('healthy');
  const yielded = seen(
    yieldWhen(election, me, {
      status$,
      members$: options.members && of(options.members),
      criticalMs: 1_000,
      holdOffMs: options.holdOffMs ?? 10_000,
      clock,
    }),
  );
  /** Promises are settled between two steps of the clock. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      await settle();
    }
  };
  return {
    clock,
    status$,
    yielded,
    pass,
    me,
    /** The other one steps down: we lead again. */
    async back() {
      const asked = election.stepDown();
      await settle();
      await asked;
    },
    leader: () => candidacies.find((one) => one.isLeader())?.id,
    outcomes: () => yielded.values.map((one) => (one.outcome === 'passed' ? `to ${one.to.id}` : one.outcome)),
    async [Symbol.asyncDispose]() {
      yielded[Symbol.dispose]();
      await backend.close();
    },
  };
}

describe('a leader that yields when critical', () => {
  it('passes leadership to the next in line once it has been critical for long enough', async () => {
    await using story = scene(['a', 'b', 'c']);
    story.status$.next('critical');
    await story.pass(900);
    expect([story.leader(), story.outcomes()]).toEqual(['a', []]);
    await story.pass(200);
    expect([story.leader(), story.outcomes()]).toEqual(['b', ['to b']]);
    expect(story.me.leadership).toMatchObject({ role: 'follower' });
  });

  it('keeps it through a short crisis, and begins to count anew', async () => {
    await using story = scene(['a', 'b']);
    for (const status of ['critical', 'degraded', 'critical', 'healthy'] as const) {
      story.status$.next(status);
      await story.pass(900);
    }
    await story.pass(5_000);
    expect([story.leader(), story.outcomes()]).toEqual(['a', []]);
  });

  it('keeps it when nobody else stands', async () => {
    await using story = scene(['a']);
    story.status$.next('critical');
    await story.pass(3_100);
    expect([story.leader(), story.outcomes()]).toEqual(['a', ['kept', 'kept', 'kept']]);
  });

  it('passes it to the fittest of those who are alive and not critical', async () => {
    const members = [member('b', 'critical'), member('c', 'degraded'), member('d', 'healthy')];
    await using story = scene(['a', 'b', 'c', 'd'], { members });
    story.status$.next('critical');
    await story.pass(1_100);
    expect(story.leader()).toBe('d');
  });

  it('keeps it when all the others are critical, failed or unknown', async () => {
    const members = [member('b', 'critical'), member('c', 'healthy', 'failed')];
    await using story = scene(['a', 'b', 'c', 'd'], { members });
    story.status$.next('critical');
    await story.pass(1_100);
    expect([story.leader(), story.outcomes()]).toEqual(['a', ['kept']]);
  });

  it('does not pass it again before the hold-off is over, so that a sick group keeps a leader', async () => {
    await using story = scene(['a', 'b'], { holdOffMs: 10_000 });
    story.status$.next('critical');
    await story.pass(1_100);
    await story.back();
    await story.pass(9_500);
    expect([story.leader(), story.outcomes()]).toEqual(['a', ['to b']]);
    await story.pass(1_600);
    expect([story.leader(), story.outcomes()]).toEqual(['b', ['to b', 'to b']]);
  });

  it('tells of a hand-over that fails, and goes on', async () => {
    const clock = virtualClock();
    await using backend = memory({ space: `leading-${++spaces}`, clock });
    const election = backend.election('job');
    const me = election.campaign({ id: 'a' });
    election.campaign({ id: 'b' });
    const refusing = { ...election, stepDown: () => Promise.reject(new Error('not now')) };
    const status$ = new BehaviorSubject<Status>('critical');
    using yielded = seen(yieldWhen(refusing, me, { status$, criticalMs: 100, holdOffMs: 1_000, clock }));
    for (let i = 0; i < 15; i += 1) {
      clock.advance(100);
      await settle();
    }
    expect(yielded.values).toMatchObject([
      { outcome: 'failed', error: { message: 'not now' } },
      { outcome: 'failed', error: { message: 'not now' } },
    ]);
  });

  it('completes with the candidacy, and leaves no timer', async () => {
    await using story = scene(['a', 'b']);
    story.status$.next('critical');
    await story.pass(100);
    await story.me.resign();
    expect([story.yielded.completed, story.clock.pending]).toEqual([true, 0]);
  });

  it('refuses to yield at once', () => {
    expect(() => yieldWhen({} as never, {} as never, { status$: NEVER, criticalMs: 0 })).toThrow(InvalidOptionError);
  });
});

describe('being critical while leading', () => {
  it('is over once nobody tells the status any more', () => {
    const clock = virtualClock();
    const status$ = new Subject<Status>();
    using due = seen(whileCritical(status$, of(true), 100, clock));
    status$.next('critical');
    clock.advance(250);
    expect(due.values).toHaveLength(2);
    status$.complete();
    clock.advance(1_000);
    expect([due.values.length, clock.pending]).toEqual([2, 0]);
  });

  it('is not, while somebody else leads', () => {
    const clock = virtualClock();
    using due = seen(whileCritical(of('critical'), of(false), 100, clock));
    clock.advance(1_000);
    expect(due.values).toEqual([]);
  });
});

describe('a preference by health', () => {
  const participant = (id: string) => ({ id }) as Participant;
  const order = (prefer: (a: Participant, b: Participant) => number, ...ids: string[]) =>
    ids
      .map(participant)
      .sort(prefer)
      .map(({ id }) => id);

  it('puts the healthy before the degraded, the critical and the failed, and leaves equals in line', () => {
    const members = [member('f', 'healthy', 'failed'), member('c', 'critical'), member('d', 'degraded')];
    using preference = preferByHealth(of([...members, member('h', 'healthy'), member('i', 'healthy')]));
    expect(order(preference.prefer, 'f', 'c', 'd', 'i', 'h')).toEqual(['i', 'h', 'd', 'c', 'f']);
  });

  it('follows the latest heartbeats, and knows nothing of those who were never heard', () => {
    const members$ = new BehaviorSubject<readonly Member[]>([]);
    using preference = preferByHealth(members$);
    expect(order(preference.prefer, 'a', 'b')).toEqual(['a', 'b']);
    members$.next([member('a', 'degraded'), member('b', 'healthy')]);
    expect(order(preference.prefer, 'a', 'b')).toEqual(['b', 'a']);
    expect(order(preference.prefer, 'x', 'a')).toEqual(['x', 'a']);
  });

  it('takes a weight of the user’s own', () => {
    const members = [
      { ...member('a', 'healthy'), load: { queue: 9 } },
      { ...member('b', 'healthy'), load: { queue: 1 } },
    ];
    using preference = preferByHealth(of(members), ({ load }) => -(load.queue ?? 0));
    expect(order(preference.prefer, 'a', 'b')).toEqual(['b', 'a']);
  });

  it('makes the healthiest lead at the next vacancy, in an election', async () => {
    await using backend = memory({ space: `leading-${++spaces}` });
    using preference = preferByHealth(of([member('b', 'critical'), member('c', 'healthy')]));
    const election = backend.election('job', { prefer: preference.prefer });
    const [a, _, c] = ['a', 'b', 'c'].map((id) => election.campaign({ id }));
    await a?.resign();
    expect(c?.isLeader()).toBe(true);
  });

  it('listens no more once it is disposed', () => {
    const members$ = new BehaviorSubject<readonly Member[]>([]);
    preferByHealth(members$)[Symbol.dispose]();
    expect(members$.observed).toBe(false);
  });
});
