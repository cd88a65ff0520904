import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../lib/errors.js';
import { clusterHealth } from '../../lib/health/cluster.js';
import { decodeHeartbeat, type Heartbeat, type Status } from '../../lib/health/heartbeat.js';
import type { Member } from '../../lib/health/roster.js';
import { defaultThresholds, judge, resolveThresholds } from '../../lib/health/thresholds.js';

describe('a heartbeat from the wire', () => {
  const beat: Heartbeat = { id: 'a', sequence: 1, since: 5, status: 'healthy', load: { queue: 3 } };

  it('is what was sent', () => {
    expect(decodeHeartbeat(JSON.parse(JSON.stringify(beat)))).toEqual(beat);
    expect(decodeHeartbeat({ ...beat, leaving: true })).toEqual({ ...beat, leaving: true });
  });

  it('is nothing unless it has an id, a sequence, a life and a known status', () => {
    const broken = [{ id: '' }, { id: 7 }, { sequence: 1.5 }, { sequence: '1' }, { since: null }, { status: 'fine' }];
    for (const part of broken) expect(decodeHeartbeat({ ...beat, ...part }), JSON.stringify(part)).toBe(undefined);
    for (const message of [undefined, null, 7, 'text', []]) expect(decodeHeartbeat(message)).toBe(undefined);
  });

  it('loses of its load what is no number', () => {
    expect(decodeHeartbeat({ ...beat, load: { a: 1, b: '2', c: null, d: {} } })?.load).toEqual({ a: 1 });
    expect(decodeHeartbeat({ ...beat, load: 'none' })?.load).toEqual({});
  });
});

describe('thresholds', () => {
  const thresholds = resolveThresholds({
    queue: { degraded: 10, critical: 100 },
    freeSlots: { degraded: 5, critical: 0 },
  });

  it('make a load degraded or critical by its worst gauge', () => {
    expect(judge({}, thresholds)).toBe('healthy');
    expect(judge({ queue: 9 }, thresholds)).toBe('healthy');
    expect(judge({ queue: 10 }, thresholds)).toBe('degraded');
    expect(judge({ queue: 10, eventLoopLagMs: 5_000 }, thresholds)).toBe('critical');
  });

  it('with critical below degraded take less for worse', () => {
    expect([6, 5, 1, 0].map((freeSlots) => judge({ freeSlots }, thresholds))).toEqual([
      'healthy',
      'degraded',
      'degraded',
      'critical',
    ]);
  });

  it('keep the defaults that were not replaced or switched off', () => {
    expect(resolveThresholds({ diskUsed: false })).not.toHaveProperty('diskUsed');
    expect(resolveThresholds({ diskUsed: false })).toMatchObject({ memoryUsed: defaultThresholds.memoryUsed });
    expect(judge({ memoryUsed: 0.99 }, thresholds)).toBe('critical');
  });

  it('are refused unless they are two different numbers', () => {
    for (const threshold of [{ degraded: 1, critical: 1 }, { degraded: 1 }, { degraded: Number.NaN, critical: 2 }])
      expect(() => resolveThresholds({ queue: threshold as never })).toThrow(InvalidOptionError);
  });
});

describe('the health of a group', () => {
  const group = (...all: readonly (Status | 'failed')[]) =>
    all.map((status): Member => {
      const state = status === 'failed' ? 'failed' : 'alive';
      return { state, status: status === 'failed' ? 'healthy' : status } as Member;
    });

  it('is healthy when everybody is', () => {
    expect(clusterHealth(group('healthy', 'healthy', 'healthy'))).toEqual({
      status: 'healthy',
      size: 3,
      quorum: 2,
      alive: 3,
      failed: 0,
      healthy: 3,
      degraded: 0,
      critical: 0,
      hasQuorum: true,
      spare: 1,
      hearing: true,
    });
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
    [7, 4],
  ])('has of %i members a quorum of %i', (size, quorum) => {
    expect(clusterHealth(group(...Array<Status>(size).fill('healthy')))).toMatchObject({
      quorum,
      spare: size - quorum,
    });
  });

  it.each([
    ['one failed of three', group('healthy', 'healthy', 'failed'), 'degraded', true],
    ['two failed of three', group('healthy', 'failed', 'failed'), 'critical', false],
    ['one degraded of three', group('healthy', 'healthy', 'degraded'), 'degraded', true],
    ['all degraded', group('degraded', 'degraded', 'degraded'), 'degraded', true],
    ['two critical of three, who are alive', group('healthy', 'critical', 'critical'), 'critical', true],
    ['two failed of four: a half is no majority', group('healthy', 'healthy', 'failed', 'failed'), 'critical', false],
  ])('with %s', (_, members, status, hasQuorum) => {
    expect(clusterHealth(members)).toMatchObject({ status, hasQuorum });
  });

  it('counts those who should be there and were never heard', () => {
    expect(clusterHealth(group('healthy', 'healthy'), 3)).toMatchObject({ status: 'degraded', size: 3, spare: 0 });
    expect(clusterHealth(group('healthy', 'healthy'), 5)).toMatchObject({ status: 'critical', hasQuorum: false });
  });

  it('of nobody is critical', () => {
    expect(clusterHealth([])).toMatchObject({ status: 'critical', size: 0, quorum: 1, hasQuorum: false });
  });
});
