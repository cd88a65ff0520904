import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { expect, it } from 'vitest';
import { type Clock, systemClock } from '../../lib/options.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { GroupHouse } from './group-house.js';

/** The whole thread stands still, as in a process that is stopped. */
const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** The machine's clocks; the first that was to run at once runs so much later, before anything else that has become due. */
function sleepingOnce(ms: number): Clock {
  let sleeps = true;
  const scheduler = Object.assign(Object.create(asyncScheduler) as SchedulerLike, {
    schedule(...[work, delay, state]: Parameters<SchedulerLike['schedule']>) {
      const late: typeof work = function (given) {
        sleep(ms);
        work.call(this, given);
      };
      const isNow = delay === undefined && sleeps;
      if (isNow) sleeps = false;
      return asyncScheduler.schedule(isNow ? late : work, delay, state);
    },
  });
  return { ...systemClock, scheduler };
}

it('I8: no term begins of claims that were sent after the process had slept through its lease', async () => {
  await using zk = await EmbeddedZooKeeper.start();
  await using house = new GroupHouse(zk.connectString);
  const begun: { role: string; term: number; isCurrent: boolean }[] = [];
  // A session of 3 s, and a lease of 1 s.
  const clock = sleepingOnce(1_500);
  const a = await house.join('a', {
    clock,
    hooks: {
      load: (term) => {
        begun.push({ role: term.epoch.role, term: term.epoch.term, isCurrent: term.isCurrent() });
        return ['state'];
      },
    },
  });
  await house.settled({ a: 12 });
  expect(begun.filter(({ isCurrent }) => !isCurrent)).toEqual([]);
  // What was claimed in the write that slept was given back unbegun, and claimed again: a second term.
  expect(begun).toHaveLength(12);
  expect(begun.map(({ term }) => term)).toContain(2);
  expect(a.changes.values.filter(({ phase }) => phase === 'loading')).toHaveLength(12);
});
