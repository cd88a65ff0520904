import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { MAX_TIMER_MS, reached, unfailing } from '../lib/options.js';

describe('waiting for an instant', () => {
  it('asks for no longer timer than Node has: a longer one would fire at once, again and again', () => {
    const delays: (number | undefined)[] = [];
    const schedule = ((work: never, delay: number) => {
      delays.push(delay);
      return asyncScheduler.schedule(work, delay);
    }) as typeof asyncScheduler.schedule;
    const clock = { now: () => 0, wall: () => 0, scheduler: { now: () => 0, schedule } };
    reached(clock, () => 10 * MAX_TIMER_MS)
      .subscribe()
      .unsubscribe();
    expect(delays).toEqual([MAX_TIMER_MS]);
  });
});

describe('a logger', () => {
  it('that throws stalls nobody, and is wrapped once however many layers ask for that', () => {
    const thrown = () => {
      throw new Error('full disk');
    };
    const logger = unfailing({ debug: thrown, info: thrown, warn: thrown, error: thrown });
    expect(() => logger.error({}, 'told to nobody')).not.toThrow();
    expect(unfailing(logger)).toBe(logger);
  });
});
