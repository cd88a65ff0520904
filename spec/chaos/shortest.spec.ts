import { describe, expect, it } from 'vitest';
import { judge } from './checker.js';
import type { Evidence, Occurrence, Span } from './history.js';
import { toSvg, windowOf } from './picture.js';
import { shortest, tell } from './shortest.js';

const bounds = { recoveryMs: 1000, leaseMs: 100 };
const belief = (who: string, from: number, until: number): Span => ({
  ...{ kind: 'belief', who, token: BigInt(from), from, until },
});
const sessions = Array.from({ length: 50 }, (_, at): Occurrence => ({ kind: 'session', who: 'c.1', at, session: 's' }));
const evidence: Evidence = {
  spans: [belief('a.1', 0, 100), belief('b.1', 101, 300), belief('a.2', 250, 400), belief('c.1', 500, 900)],
  occurrences: [...sessions, { kind: 'killed', who: 'a.1', at: 100 }],
  ...{ faults: [{ name: 'kill', target: 'a.1 & <b>', from: 99, until: 100 }], end: 900 },
  ...{ log: [], journal: [{ token: 1n, value: 'v' }], bare: [], left: [] },
  paths: { election: '/e', register: '/r' },
};
const violation = judge(evidence, bounds)[0]!;

describe('the shortest history', () => {
  it('is what the violation needs, and nothing else', () => {
    const least = shortest(evidence, bounds, violation);
    expect(judge(least, bounds)).toEqual([violation]);
    expect(tell(least)).toEqual([
      '101.000  b.1: belief under 101 until 300.000',
      '250.000  a.2: belief under 250 until 400.000',
    ]);
  });
});

describe('the picture', () => {
  it('has a row for each candidate, a bar for each belief, and the violation', () => {
    const svg = toSvg(evidence, windowOf(evidence), violation);
    expect(svg.match(/<title>\w\.\d belief/g)).toHaveLength(4);
    expect(['a', 'b', 'c'].every((who) => svg.includes(`>${who}</text>`))).toBe(true);
    expect(svg).toContain(violation.what);
    expect(svg).toContain('a.1 &amp; &lt;b>');
  });
});
