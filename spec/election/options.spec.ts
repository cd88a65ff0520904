import { describe, expect, it } from 'vitest';
import { checkCampaign, resolveElectionOptions } from '../../lib/election/options.js';
import { InvalidOptionError } from '../../lib/errors.js';

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
const cyclic: Record<string, unknown> = {};
cyclic.itself = cyclic;

describe('election options', () => {
  it('have the documented defaults', () => {
    expect(resolveElectionOptions()).toEqual({
      drainTimeoutMs: 10_000,
      resignTimeoutMs: 5_000,
      yieldMs: 1_000,
      prefer: undefined,
      preempt: false,
    });
  });

  it('take what is given, then what the backend defaults to, then the documented value', () => {
    const resolved = resolveElectionOptions({ yieldMs: 7 }, { yieldMs: 8, drainTimeoutMs: 9 });
    expect(resolved).toMatchObject({ yieldMs: 7, drainTimeoutMs: 9, resignTimeoutMs: 5_000 });
  });

  it('take undefined for not given', () => {
    expect(resolveElectionOptions({ drainTimeoutMs: undefined })).toMatchObject({ drainTimeoutMs: 10_000 });
  });

  it('are a frozen copy: the caller’s object is neither written to nor read again', () => {
    const given = Object.freeze({ drainTimeoutMs: 1 });
    const resolved = resolveElectionOptions(given);
    expect(Object.isFrozen(resolved)).toBe(true);
    expect(given).toEqual({ drainTimeoutMs: 1 });
  });

  const MAX = 2 ** 31 - 1;
  it.each([
    ['drainTimeoutMs', -1, `must be a number of milliseconds from 0 to ${MAX}`],
    ['drainTimeoutMs', MAX + 1, `must be a number of milliseconds from 0 to ${MAX}`],
    ['drainTimeoutMs', Number.NaN, `must be a number of milliseconds from 0 to ${MAX}`],
    ['drainTimeoutMs', '1000', `must be a number of milliseconds from 0 to ${MAX}`],
    ['resignTimeoutMs', -1, `must be a number of milliseconds from 0 to ${MAX}`],
    ['resignTimeoutMs', Number.POSITIVE_INFINITY, `must be a number of milliseconds from 0 to ${MAX}`],
    ['yieldMs', -1, `must be a number of milliseconds from 0 to ${MAX / 37.5}`],
    ['yieldMs', MAX, `must be a number of milliseconds from 0 to ${MAX / 37.5}`],
    ['prefer', 'me', 'must be a comparator'],
    ['preempt', 'yes', 'must be true or false'],
    ['preempt', true, 'needs `prefer`, which says who is better'],
  ])('refuse %s: %s', (option, value, rule) => {
    const resolve = () => resolveElectionOptions({ [option]: value });
    expect(resolve).toThrow(InvalidOptionError);
    expect(resolve).toThrow(expect.objectContaining({ option, value, rule }));
  });

  it.each([
    ['drainTimeoutMs', 0],
    ['resignTimeoutMs', 0],
    ['yieldMs', 0],
    ['prefer', byId],
    ['preempt', false],
  ])('accept %s: %s', (option, value) => {
    expect(resolveElectionOptions({ [option]: value })).toMatchObject({ [option]: value });
  });

  it('accept preempt together with prefer, also when prefer is the backend’s default', () => {
    expect(resolveElectionOptions({ preempt: true }, { prefer: byId })).toMatchObject({ preempt: true, prefer: byId });
  });
});

describe('who campaigns', () => {
  it.each([
    [{ id: '' }, 'id', 'must be a non-empty string'],
    [{ id: 7 }, 'id', 'must be a non-empty string'],
    [{ id: 'a\nb' }, 'id', 'must hold no control characters'],
    [{ id: '\u001b[31m' }, 'id', 'must hold no control characters'],
    [{ id: 'a', data: 1n }, 'data', 'must be something JSON can carry: no bigint, no function, no cycle'],
    [{ id: 'a', data: () => 1 }, 'data', 'must be something JSON can carry: no bigint, no function, no cycle'],
    [{ id: 'a', data: { n: 1n } }, 'data', 'must be something JSON can carry: no bigint, no function, no cycle'],
    [{ id: 'a', data: cyclic }, 'data', 'must be something JSON can carry: no bigint, no function, no cycle'],
  ])('is refused: %o', (campaign, option, rule) => {
    const check = () => checkCampaign(campaign as { id: string });
    expect(check).toThrow(InvalidOptionError);
    expect(check).toThrow(expect.objectContaining({ option, rule }));
  });

  it('publishes a detached copy of the data, as others will read it', () => {
    const data = { since: new Date(0), tags: ['a'] };
    const checked = checkCampaign({ id: 'a', data });
    data.tags.push('b');
    expect(checked.data).toEqual({ since: '1970-01-01T00:00:00.000Z', tags: ['a'] });
  });

  it.each([[undefined], [null], [0], [''], [[]], [{ a: { b: [1, 'ä', null] } }]])('may publish %j', (data) => {
    expect(checkCampaign({ id: 'a', data })).toEqual({ id: 'a', data });
  });
});
