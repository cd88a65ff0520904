import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dueIn, hourOf, nextHour } from '../../docker/examples/scheduler/hours.js';

const HOUR_MS = 3_600_000;

it('makes up for every hour that was missed, one by one', () => {
  const arbitrary = fc.record({ since: fc.nat({ max: 1e6 }), missed: fc.nat({ max: 50 }), into: fc.nat(HOUR_MS - 1) });
  fc.assert(
    fc.property(arbitrary, ({ since, missed, into }) => {
      const nowMs = (since + missed + 1) * HOUR_MS + into;
      const ran: number[] = [];
      let last = { hour: since, by: 'a', token: '1' };
      while (dueIn(nextHour(last, nowMs, HOUR_MS), nowMs, HOUR_MS) === 0) {
        last = { ...last, hour: nextHour(last, nowMs, HOUR_MS) };
        ran.push(last.hour);
      }
      expect(ran).toEqual(Array.from({ length: missed }, (_, n) => since + 1 + n));
    }),
  );
});

it('begins with the present hour, and runs it when it is over', () => {
  const nowMs = 5 * HOUR_MS + 600_000;
  expect(hourOf(nowMs, HOUR_MS)).toBe(5);
  expect(nextHour(undefined, nowMs, HOUR_MS)).toBe(5);
  expect(dueIn(5, nowMs, HOUR_MS)).toBe(3_000_000);
});
