import { describe, expect, it } from 'vitest';
import { createCell } from '../../lib/election/cell.js';
import type { Clock } from '../../lib/options.js';
import { createBelief } from '../../lib/peers/belief.js';
import { emptyRoster, type Roster } from '../../lib/peers/roster.js';
import { claim, enter, yieldClaim } from '../../lib/peers/roster-changes.js';
import type { Running } from '../../lib/peers/run.js';

const candidate = { name: 'a', id: 'a', weight: 0, order: 1, settled: true, since: 0, data: 0, host: 'h', pid: 1 };
const claimed = (token: bigint): Roster => claim(enter(emptyRoster('A'), candidate), { name: 'a', token, since: 0 });

/** A claim to token 3, by a machine that leads with it until 1000 ms. */
function held(until = 1_000) {
  const at = { now: 0, wall: 5_000 };
  const clock = { now: () => at.now, wall: () => at.wall } as Clock;
  const machine = { view: { term: 3, leading: { token: 3n, until } } };
  const roster = createCell(claimed(3n));
  const belief = createBelief(roster, machine as unknown as Running<never>, clock);
  const pass = (ms: number, suspendedMs = 0) => {
    at.now += ms;
    at.wall += ms + suspendedMs;
  };
  return { belief, machine, roster, pass };
}

describe('the belief in a claim', () => {
  it('holds until the lease is over by the monotonic clock, at the very call', () => {
    const { belief, pass } = held();
    pass(999);
    expect(belief.holds(3n)).toBe(true);
    pass(1);
    expect(belief.holds(3n)).toBe(false);
  });

  it('holds for no other token, and for none that the machine or the roster does not have', () => {
    const { belief, machine, roster } = held();
    expect([2n, 4n].map(belief.holds)).toEqual([false, false]);
    roster.update((now) => yieldClaim(now));
    expect(belief.holds(3n)).toBe(false);
    machine.view.leading.token = 4n;
    roster.update(() => claimed(3n));
    expect(belief.holds(3n)).toBe(false);
  });

  it('is over when the wall clock has gone on alone: the machine was suspended', () => {
    const { belief, pass } = held();
    pass(10, 20);
    expect(belief.holds(3n)).toBe(true);
    pass(10, 1);
    expect(belief.holds(3n)).toBe(false);
  });

  it('once it has said no never says yes again, whatever becomes of clock and lease', () => {
    const { belief, machine, pass } = held();
    pass(10, 60_000);
    expect(belief.holds(3n)).toBe(false);
    pass(10, -60_000);
    machine.view.leading.until = 9_000;
    expect(belief.holds(3n)).toBe(false);
  });

  it('forgives what the wall clock is set by in small steps, each between two looks of the machine', () => {
    const { belief, pass } = held();
    for (let step = 0; step < 10; step += 1) {
      pass(10, 15);
      belief.looked();
    }
    expect(belief.holds(3n)).toBe(true);
  });

  it('is not renewed by a look after a leap: the leap came first', () => {
    const { belief, pass } = held();
    pass(10, 60_000);
    belief.looked();
    expect(belief.holds(3n)).toBe(false);
  });

  it('forgives every leap from before it asked to lead: there was nothing to believe', () => {
    const { belief, roster, machine, pass } = held();
    roster.update((now) => yieldClaim(now));
    pass(10, 60_000);
    machine.view.term = 4;
    belief.looked();
    roster.update(() => claimed(4n));
    machine.view.leading.token = 4n;
    expect(belief.holds(4n)).toBe(true);
  });

  it('is over before it begins when the clocks leapt after it asked to lead', () => {
    const { belief, roster, machine, pass } = held();
    roster.update((now) => yieldClaim(now));
    machine.view.term = 4;
    belief.looked();
    pass(10, 60_000);
    belief.looked();
    machine.view.leading.token = 4n;
    roster.update(() => claimed(4n));
    belief.looked();
    expect(belief.holds(4n)).toBe(false);
  });

  it('without a lease does not depend on clocks', () => {
    const { belief, pass } = held(Number.POSITIVE_INFINITY);
    pass(1e9, 60_000);
    expect(belief.holds(3n)).toBe(true);
  });
});
