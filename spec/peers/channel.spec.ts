import { describe, expect, it } from 'vitest';
import { beat } from '../../lib/health/beat.js';
import { channelOf } from '../../lib/health/channel-of.js';
import { fixed } from '../../lib/health/fixed.js';
import { monitor } from '../../lib/health/monitor.js';
import { decree } from '../support/decree.js';
import { Group } from '../support/peers.js';
import { seen, until } from '../support/until.js';

const INTERVAL = 100;

describe('heartbeats among peers', () => {
  it('are heard by everybody, ourselves included; who cannot be reached has failed, until it can', async () => {
    await using group = new Group((self) => decree({ self, arbiter: 'a', leaseMs: 1_000 }) as never);
    const [a, b] = [await group.join('a'), await group.join('b')];
    const channels = [a, b].map((backend) => channelOf(backend, 'health'));
    const detector = fixed({ intervalMs: INTERVAL, missed: 20 });
    const listener = monitor(channels[0]!, { detector, checkEveryMs: 50 });
    using members = seen(listener.members$);
    using failures = seen(listener.failures$);
    using recoveries = seen(listener.recoveries$);
    const beats = ['a', 'b'].map((id, i) => seen(beat(channels[i]!, { id, intervalMs: INTERVAL })));
    await until(
      () =>
        members.last
          ?.map(({ id }) => id)
          .sort()
          .join() === 'a,b',
    );
    group.cuts.cut('b');
    await until(() => failures.values.some(({ id }) => id === 'b'));
    group.cuts.heal('b');
    await until(() => recoveries.values.some(({ id, restarted }) => id === 'b' && !restarted));
    beats[1]?.[Symbol.dispose]();
    await until(() => members.last?.every(({ id }) => id !== 'b'));
    expect(beats[0]?.completed).toBe(false);
    await a.close();
    expect([beats[0]?.completed, members.completed]).toEqual([true, true]);
  }, 20_000);
});
