import { type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../lib/election/channel.js';
import { InvalidOptionError } from '../../lib/errors.js';
import { beat } from '../../lib/health/beat.js';
import { fixed } from '../../lib/health/fixed.js';
import { type MonitorOptions, monitor } from '../../lib/health/monitor.js';
import type { Member } from '../../lib/health/roster.js';
import { openChannel } from '../../lib/memory/channel.js';
import { virtualClock } from '../election/support.js';
import { seen } from '../support/until.js';
import { beatOf, EVERY, noThresholds } from './support.js';

/** A monitor on a channel in memory, in virtual time, and members that beat on it. */
function scene(options: MonitorOptions = {}) {
  const clock = virtualClock();
  const channel = openChannel();
  const listening = monitor(channel, { detector: fixed({ intervalMs: EVERY }), clock, ...options });
  const member = (id: string) => beat(channel, { id, intervalMs: EVERY, thresholds: noThresholds, clock });
  /** A member that can fall silent without a goodbye. */
  const mortal = (id: string) => {
    const said$ = new Subject<unknown>();
    const published = channel.publish(id, said$, () => undefined).subscribe();
    let sequence = 0;
    const say = () => {
      sequence += 1;
      said$.next(beatOf(id, sequence));
    };
    return { say, end: () => published.unsubscribe() };
  };
  return { clock, channel, listening, member, mortal };
}

const told = (members: readonly Member[] | undefined) => members?.map(({ id, state }) => `${id} ${state}`);

describe('a monitor', () => {
  it('says at once that nobody is known, then who is heard', () => {
    const { clock, listening, member } = scene();
    using members = seen(listening.members$);
    expect(members.values).toEqual([[]]);
    using _ = seen(member('a'));
    clock.advance(10);
    expect(told(members.last)).toEqual(['a alive']);
  });

  it('tells who was there before it listened', () => {
    const { clock, listening, member } = scene();
    using _ = seen(member('a'));
    clock.advance(10);
    using members = seen(listening.members$);
    expect(told(members.last)).toEqual(['a alive']);
  });

  it('tells of a failure once, and of the recovery once', () => {
    const { clock, listening, mortal } = scene();
    using failures = seen(listening.failures$);
    using recoveries = seen(listening.recoveries$);
    const a = mortal('a');
    for (let i = 0; i < 5; i += 1) {
      a.say();
      clock.advance(EVERY);
    }
    clock.advance(10 * EVERY);
    expect(failures.values).toMatchObject([{ id: 'a', suspicion: 3, silentMs: 3 * EVERY }]);
    expect(recoveries.values).toEqual([]);
    a.say();
    clock.advance(EVERY);
    expect(failures.values).toHaveLength(1);
    expect(recoveries.values).toMatchObject([{ id: 'a', silentMs: 11 * EVERY, restarted: false }]);
    a.end();
  });

  it('lets a member leave that unsubscribes, without a failure', () => {
    const { clock, listening, member } = scene();
    using failures = seen(listening.failures$);
    using members = seen(listening.members$);
    {
      using _ = seen(member('a'));
      clock.advance(3 * EVERY);
      expect(told(members.last)).toEqual(['a alive']);
    }
    clock.advance(60 * EVERY);
    expect([members.last, failures.values]).toEqual([[], []]);
  });

  it('does not repeat the past for those who come late', () => {
    const { clock, listening, mortal } = scene();
    using _ = seen(listening.members$);
    const a = mortal('a');
    a.say();
    clock.advance(10 * EVERY);
    using late = seen(listening.failures$);
    using members = seen(listening.members$);
    expect([late.values, told(members.last)]).toEqual([[], ['a failed']]);
    a.end();
  });

  it('tells the health of the group at each change, and only then', () => {
    const { clock, listening, member, mortal } = scene({ expected: 2 });
    using health = seen(listening.clusterHealth$);
    const [b, _] = [mortal('b'), seen(member('a'))];
    b.say();
    clock.advance(10 * EVERY);
    expect(health.values.map(({ status, alive, failed }) => [status, alive, failed])).toEqual([
      ['critical', 0, 0],
      ['critical', 1, 0],
      ['healthy', 2, 0],
      ['critical', 1, 1],
    ]);
    b.end();
    _[Symbol.dispose]();
  });

  it('passes over what is no heartbeat', () => {
    const { channel, listening } = scene();
    const said$ = new Subject<unknown>();
    const published = channel.publish('x', said$, () => 'bye').subscribe();
    using members = seen(listening.members$);
    for (const message of ['text', null, { id: 'x' }]) said$.next(message);
    published.unsubscribe();
    expect([members.values, members.error]).toEqual([[[]], undefined]);
  });

  it('leaves no timer when nobody is subscribed any more', () => {
    const { clock, listening, member } = scene();
    const all: readonly Observable<unknown>[] = [...Object.values(listening), member('a')];
    for (const stream$ of all) seen(stream$)[Symbol.dispose]();
    expect(all).toHaveLength(5);
    expect(clock.pending).toBe(0);
  });

  it('holds it against nobody that we are cut off, and says that we are', () => {
    const hearing$ = new Subject<boolean>();
    const clock = virtualClock();
    const channel: Channel = { ...openChannel(), hearing$ };
    const listening = monitor(channel, { detector: fixed({ intervalMs: EVERY }), clock });
    using health = seen(listening.clusterHealth$);
    using failures = seen(listening.failures$);
    channel
      .publish('a', new Subject(), () => beatOf('a', 1))
      .subscribe()
      .unsubscribe();
    hearing$.next(false);
    clock.advance(60 * EVERY);
    hearing$.next(true);
    clock.advance(2 * EVERY);
    expect(failures.values).toEqual([]);
    expect(health.values.map(({ hearing, alive }) => [hearing, alive])).toEqual([
      [true, 0],
      [true, 1],
      [false, 1],
      [true, 1],
    ]);
    clock.advance(2 * EVERY);
    expect(failures.values).toHaveLength(1);
  });

  it('completes with its channel', () => {
    const hearing$ = new Subject<boolean>();
    const clock = virtualClock();
    const listening = monitor({ ...openChannel(), hearing$ }, { clock });
    using members = seen(listening.members$);
    hearing$.complete();
    expect([members.completed, clock.pending]).toEqual([true, 0]);
  });

  it('refuses options that mean nothing', () => {
    for (const options of [{ expected: -1 }, { expected: 1.5 }, { checkEveryMs: 0 }, { forgetAfterMs: Number.NaN }])
      expect(() => monitor(openChannel(), options), JSON.stringify(options)).toThrow(InvalidOptionError);
  });
});
