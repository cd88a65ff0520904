import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { believes, believesUntil, UNNOTICED_JUMP_MS } from '../../lib/election/lease.js';
import { beliefMs } from '../../lib/redis/lease.js';

const at = (now: number, wall = now) => ({ now, wall });

describe('the belief of a holder', () => {
  it('begins when the command was sent, and ends before the lease in Redis does', () => {
    const forMs = beliefMs(6_000, 0.01);
    expect(forMs).toBe(5_859);
    expect(believesUntil(at(100), forMs)).toBe(5_959);
    expect(believes(at(100), at(5_958), forMs)).toBe(true);
    expect(believes(at(100), at(5_959), forMs)).toBe(false);
  });

  it('ends at a jump between wall and monotonic time, in either direction', () => {
    expect(believes(at(0), at(10, 10 + UNNOTICED_JUMP_MS), 1_000)).toBe(true);
    expect(believes(at(0), at(10, 11 + UNNOTICED_JUMP_MS), 1_000)).toBe(false);
    expect(believes(at(0), at(10, 9 - UNNOTICED_JUMP_MS), 1_000)).toBe(false);
  });

  it('never outlives the lease, for any rates of the two clocks within the bound', () => {
    const rates = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 600_000 }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        rates,
        rates,
        fc.double({ min: 0, max: 500, noNaN: true }),
        (leaseMs, drift, ours, theirs, onTheWayMs) => {
          // In real time: ours runs at 1 + ours × drift, that of Redis at 1 + theirs × drift, in whole milliseconds.
          const believed = (beliefMs(leaseMs, drift) + UNNOTICED_JUMP_MS) / (1 + ours * drift);
          const kept = onTheWayMs + (leaseMs - 1) / (1 + theirs * drift);
          // The bound is on how much the two differ.
          fc.pre(Math.abs(ours - theirs) <= 1);
          expect(believed).toBeLessThanOrEqual(kept + 1e-6);
        },
      ),
    );
  });
});
