import { defer, delay, interval, map, NEVER, of, takeUntil, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect, it } from 'vitest';
import { keysOf } from '../../lib/redis/keys.js';
import { leaderOf } from '../../lib/redis/observe.js';
import { nothingKnown } from '../../lib/redis/office.js';
import { resolveOptions } from '../../lib/redis/options.js';
import type { Wire } from '../../lib/redis/wire.js';

const ANSWER_MS = 70;

it('sees who leads also while the line changes more often than Redis answers', () => {
  const scheduler = new TestScheduler(() => undefined);
  const clock = { now: () => scheduler.now(), wall: () => scheduler.now(), scheduler };
  const picture = (at: number) => {
    const [id, token] = at < 500 ? ['first', '7'] : ['second', '8'];
    return ['0', token, '1', 'place', id, token, '0', '9000', ''];
  };
  const wire: Wire = {
    connection$: of('connected'),
    closed$: NEVER,
    run: () => defer(() => of(picture(clock.now())).pipe(delay(ANSWER_MS))),
    command: () => of(1),
    news: () => interval(10).pipe(map(() => 'line somebody')),
    listens$: of(true),
    close: () => undefined,
  };
  const options = resolveOptions({ url: 'redis://paper', clock });
  const told: [at: number, id: string | undefined][] = [];
  scheduler.run(() => {
    leaderOf({ name: 'e', keys: keysOf('p', 'e'), wire, options, known: nothingKnown() })
      .pipe(takeUntil(timer(1_000)))
      .subscribe((leader) => told.push([clock.now(), leader?.id]));
  });
  expect(told.map(([, id]) => id)).toEqual(['first', 'second']);
  expect(told[0]?.[0]).toBe(ANSWER_MS);
  expect(told[1]?.[0]).toBeLessThanOrEqual(500 + 20 + ANSWER_MS);
});
