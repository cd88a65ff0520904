import { describe, expect, it } from 'vitest';
import { phiAccrual } from '../../lib/health/phi.js';
import { failuresBetween, membersOf, type Roster, recoveriesBetween } from '../../lib/health/roster.js';
import { EVERY, LOOK, roll } from './support.js';

/** What each state brought compared with the one before. */
const news = <E>(states: readonly Roster[], between: (a: Roster, b: Roster) => readonly E[]) =>
  states.slice(1).flatMap((state, i) => between(states[i]!, state));

/** Somebody who beats once a second from 0 to 10 s. */
function tenBeats(options: Parameters<typeof roll>[0] = {}) {
  const story = roll(options);
  for (let sequence = 1; sequence <= 11; sequence += 1) {
    story.until((sequence - 1) * EVERY);
    story.hear('a', sequence);
  }
  return story;
}

describe('a roster', () => {
  it('holds nobody who was never heard', () => {
    expect(membersOf(roll().until(60_000))).toEqual([]);
  });

  it('declares failed, once, who is silent: with the suspicion and the length of the silence', () => {
    const story = tenBeats();
    story.until(60_000);
    expect(news(story.states, failuresBetween)).toMatchObject([{ id: 'a', suspicion: 3, silentMs: 3_000 }]);
    expect(story.member('a')).toMatchObject({ state: 'failed', heardAt: 10_000, failedAt: 13_000 });
    expect(news(story.states, recoveriesBetween)).toEqual([]);
  });

  it('takes back, once, who is heard again', () => {
    const story = tenBeats();
    story.until(20_000);
    story.hear('a', 12);
    story.until(21_000);
    story.hear('a', 13);
    expect(news(story.states, recoveriesBetween)).toMatchObject([{ id: 'a', silentMs: 10_000, restarted: false }]);
    expect(story.member('a')).toMatchObject({ state: 'alive', failedAt: undefined, restarts: 0, suspicion: 0 });
  });

  it('fails again who falls silent again', () => {
    const story = tenBeats();
    story.until(20_000);
    story.hear('a', 12);
    story.until(40_000);
    expect(news(story.states, failuresBetween)).toHaveLength(2);
  });

  it('takes another life, with its sequence gone back, for a restart', () => {
    const story = tenBeats();
    story.hear('a', 1, { since: 2 });
    expect(story.member('a')).toMatchObject({ sequence: 1, restarts: 1, since: 2, state: 'alive' });
    expect(news(story.states, recoveriesBetween)).toEqual([]);
    story.until(20_000);
    story.hear('a', 1, { since: 3 });
    expect(news(story.states, recoveriesBetween)).toMatchObject([{ id: 'a', restarted: true }]);
    expect(story.member('a')).toMatchObject({ restarts: 2 });
  });

  it('does not take a heartbeat for news that was overtaken or repeated', () => {
    const story = tenBeats();
    story.until(12_000);
    for (const old of [11, 10, 1]) story.hear('a', old);
    expect(story.member('a')).toMatchObject({ sequence: 11, heardAt: 10_000, restarts: 0 });
    story.until(13_000);
    expect(story.member('a')?.state).toBe('failed');
  });

  it('lets go of who leaves, without a failure', () => {
    const story = tenBeats();
    story.hear('a', 12, { leaving: true });
    story.until(60_000);
    expect([membersOf(story.now()), news(story.states, failuresBetween)]).toEqual([[], []]);
  });

  it('keeps who has come back when the farewell of its earlier life arrives late', () => {
    const story = roll();
    story.hear('a', 1, { since: 10 });
    story.hear('a', 1, { since: 20 });
    story.hear('a', 2, { since: 10, leaving: true });
    expect(story.member('a')).toMatchObject({ state: 'alive', since: 20, restarts: 1 });
    story.hear('a', 2, { since: 20, leaving: true });
    expect(story.member('a')).toBeUndefined();
  });

  it('does not take in somebody who only says goodbye', () => {
    const story = roll();
    story.hear('a', 9, { leaving: true });
    expect(membersOf(story.now())).toEqual([]);
  });

  it('forgets who failed long ago, which is no news', () => {
    const story = tenBeats({ forgetAfterMs: 30_000 });
    story.until(42_750);
    expect(story.member('a')?.state).toBe('failed');
    story.until(43_000);
    expect(story.member('a')).toBe(undefined);
    expect(news(story.states, failuresBetween)).toHaveLength(1);
  });

  it('says nothing new while nothing changes', () => {
    const story = tenBeats();
    const before = story.now().tracked;
    expect(story.until(12_750).tracked).toBe(before);
    expect(story.until(13_000).tracked).not.toBe(before);
  });

  it('shows what members say of themselves', () => {
    const story = roll();
    story.hear('a', 1);
    story.hear('a', 2, { status: 'critical', load: { queue: 9 } });
    expect(story.member('a')).toMatchObject({ status: 'critical', load: { queue: 9 } });
  });
});

describe.each([
  ['the fixed detector', undefined],
  ['phi-accrual', phiAccrual()],
])('a monitor that was paused, with %s', (_, detector) => {
  const options = detector ? { detector } : {};

  it.each(['a look', 'a heartbeat'])('declares nobody failed at wake-up, be the first thing it does %s', (what) => {
    const story = tenBeats(options);
    story.hear('b', 1);
    story.tell({ at: 70_000 });
    if (what === 'a heartbeat') story.hear('b', 61);
    story.until(71_000);
    expect(news(story.states, failuresBetween)).toEqual([]);
  });

  it('declares failed who stays silent afterwards, as late as anybody', () => {
    const story = tenBeats(options);
    story.tell({ at: 70_000 });
    story.until(90_000);
    const undisturbed = tenBeats(options);
    undisturbed.until(30_000);
    const delay = (told: typeof story, from: number) => (told.member('a')?.failedAt ?? 0) - from;
    expect(delay(story, 70_000)).toBeGreaterThan(0);
    expect(Math.abs(delay(story, 70_000) - delay(undisturbed, 10_000))).toBeLessThanOrEqual(2 * LOOK);
  });

  it('learns no rhythm from its own pause', () => {
    const story = tenBeats(options);
    story.tell({ at: 70_000 });
    story.hear('a', 71);
    expect(story.now().tracked.get('a')?.history.meanMs).toBeLessThan(1_100);
  });
});

describe('a monitor that is cut off', () => {
  it('holds its own silence against nobody', () => {
    const story = tenBeats();
    story.tell({ at: 10_000, hearing: false });
    story.until(100_000);
    expect(story.member('a')?.state).toBe('alive');
    story.tell({ at: 100_000, hearing: true });
    story.until(102_750);
    expect(story.member('a')?.state).toBe('alive');
    story.until(103_000);
    expect(story.member('a')?.state).toBe('failed');
  });
});
