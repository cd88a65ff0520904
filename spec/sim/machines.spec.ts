import { describe, expect, it } from 'vitest';
import type { Machine, View } from '../../lib/peers/machine.js';
import { type Law, type Setting, simulate } from '../../lib/sim/machines.js';
import { raftWorld } from './raft.js';

const traceOf = (seed: number) => {
  const lines: string[] = [];
  const report = simulate(raftWorld(seed, (line) => lines.push(line)));
  return { lines, report };
};

describe('a simulation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is the same, event for event, for the same seed: %i', (seed) => {
    const [one, other] = [traceOf(seed), traceOf(seed)];
    expect(other).toEqual(one);
    expect(one.lines.length).toBeGreaterThanOrEqual(one.report.counts.events);
  });

  it('is another for another seed', () => {
    expect(traceOf(1).lines).not.toEqual(traceOf(2).lines);
  });

  it('counts messages by their types, and how many were sent before each leadership', () => {
    const { counts, leaderships } = traceOf(5).report;
    expect(Object.values(counts.byType).reduce((sum, one) => sum + one, 0)).toBe(counts.messages);
    expect(leaderships[0]).toMatchObject({ messages: expect.any(Number), ticks: expect.any(Number) });
    expect(leaderships[0]!.messages).toBeGreaterThan(0);
  });
});

interface Moment {
  readonly self: string;
  /** Counts its inputs, from 0. */
  readonly tick: number;
  readonly at: number;
}

/** A machine that does nothing but claim, ten times a second by default. */
function claimant(self: string, claim: (moment: Moment) => Partial<View>, pace = 100): Machine<Moment, never, never> {
  const statistics = { elections: 0, heartbeatsSent: 0, heartbeatsReceived: 0, lastHeardAt: undefined };
  return {
    init: () => ({ self, tick: -1, at: 0 }),
    step: ({ tick }, { at }) => [{ self, tick: tick + 1, at }, [{ type: 'alarm', at: at + pace }]],
    view: (moment) => ({ term: 0, leader: undefined, leading: undefined, statistics, ...claim(moment) }),
    decode: () => undefined,
  };
}

const leads = (token: number, until: number) => ({ leading: { token: BigInt(token), until } });

/** Machines that break one law, and that one first. */
const lawless: Readonly<Record<Law, (moment: Moment) => Partial<View>>> = {
  'one leader at a time': ({ self, tick, at }) => leads(2 * tick + (self === 'a' ? 0 : 1), at + 1_000),
  'one leader for each token': ({ self, tick, at }) => (tick === (self === 'a' ? 1 : 3) ? leads(7, at + 10) : {}),
  'tokens rise': ({ self, tick, at }) => (self === 'a' && tick % 2 === 1 ? leads(100 - tick, at + 10) : {}),
  'what has lapsed has ended': ({ self, at }) => (self === 'a' ? leads(7, at + 50) : {}),
  'terms never go back': ({ tick }) => ({ term: 5 - tick }),
  'somebody leads': () => ({}),
  'time goes on': () => ({}),
  'everybody knows who leads': ({ self, at }) => (self === 'a' ? { leader: 'a', ...leads(1, at + 150) } : {}),
};

/** Two nodes, no faults. */
const quiet: Setting = {
  ...{ seed: 1, nodes: ['a', 'b'], electionTimeoutMs: 1_000, clockDrift: 0.05, faults: [], calmAtMs: 1_000 },
  network: { delayMs: [1, 2], loss: 0, duplication: 0, slow: 0, slowMs: 0 },
  standing: () => undefined,
};

describe('the judge', () => {
  it.each(Object.entries(lawless))('sees a break of the law: %s', (law, claim) => {
    const { violations } = simulate({
      machine: (self) => claimant(self, claim, law === 'time goes on' ? 0 : 100),
      ...quiet,
    });
    expect(violations[0]?.law).toBe(law);
  });

  it.each([
    ['nobody', undefined],
    ['somebody else', leads(8, Number.POSITIVE_INFINITY)],
  ])('sees a leader that has given up come back under its token after %s has led', (_, between) => {
    const comesBack = ({ self, tick, at }: Moment) => {
      if (self === 'b') return tick === 4 ? (between ?? {}) : {};
      return tick === 2 || tick === 6 ? leads(7, at + 1_000) : {};
    };
    const { violations } = simulate({ ...quiet, machine: (self) => claimant(self, comesBack) });
    expect(violations[0]?.law).toBe('what has lapsed has ended');
  });

  it('has nothing to say against one that leads alone', () => {
    const alone = (self: string) =>
      claimant(self, ({ at }) => ({ leader: 'a', ...(self === 'a' && leads(1, at + 150)) }));
    const { violations, leaderships } = simulate({
      ...quiet,
      machine: alone,
    });
    expect([violations, leaderships.length]).toEqual([[], 1]);
  });
});
