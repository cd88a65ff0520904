import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '../../lib/errors.js';
import { checkPath, parseServers, pathOf, resolveOptions, type ZooKeeperOptions } from '../../lib/zookeeper/options.js';

const resolve = (given: object) => resolveOptions({ servers: 'one:2181', ...given } as ZooKeeperOptions);
const thrown = (action: () => unknown): InvalidOptionError => {
  try {
    action();
  } catch (error) {
    return error as InvalidOptionError;
  }
  throw new Error('nothing was thrown');
};

describe('the list of servers', () => {
  it.each([
    ['one', [['one', 2181]], ''],
    ['one:1', [['one', 1]], ''],
    ['one:65535', [['one', 65_535]], ''],
    [
      'one:1,two:2',
      [
        ['one', 1],
        ['two', 2],
      ],
      '',
    ],
    [
      '  one:1 ,\ttwo , three:3  '.replace('\t', ' '),
      [
        ['one', 1],
        ['two', 2181],
        ['three', 3],
      ],
      '',
    ],
    [
      'one:1,,two:2,',
      [
        ['one', 1],
        ['two', 2],
      ],
      '',
    ],
    ['10.0.0.1:1', [['10.0.0.1', 1]], ''],
    ['[::1]', [['::1', 2181]], ''],
    [
      '[::1]:1,[2001:db8::7]:2',
      [
        ['::1', 1],
        ['2001:db8::7', 2],
      ],
      '',
    ],
    ['[fe80::1%eth0]:1', [['fe80::1%eth0', 1]], ''],
    ['[::ffff:10.0.0.1]:1/root', [['::ffff:10.0.0.1', 1]], '/root'],
    ['one:1/', [['one', 1]], ''],
    ['one:1/root', [['one', 1]], '/root'],
    [
      'one:1,two:2/deep/root/',
      [
        ['one', 1],
        ['two', 2],
      ],
      '/deep/root',
    ],
    [' one:1 /root ', [['one', 1]], '/root'],
    ['one:1/a,b', [['one', 1]], '/a,b'],
  ] as [string, [string, number][], string][])('reads %j', (text, servers, chroot) => {
    const expected = servers.map(([host, port]) => ({ host, port }));
    expect(parseServers(text)).toEqual({ servers: expected, chroot });
  });

  it.each([
    [undefined],
    [7],
    [''],
    ['   '],
    [','],
    ['/root'],
    ['one:0'],
    ['one:65536'],
    ['one:port'],
    ['one:'],
    [':2181'],
    ['one two'],
    ['::1'],
    ['::1:2181'],
    ['[::1'],
    ['[localhost]:1'],
    ['[]:1'],
    ['one:1//root'],
    ['one:1/root//deep'],
    ['one:1/./root'],
    ['one:1/../root'],
    ['one:1/ro\u0000ot'],
    ['one:1/root,two:2/root'],
    ['one:1/root,two:2'],
  ])('refuses %j', (text) => {
    expect(thrown(() => parseServers(text))).toMatchObject({ code: 'INVALID_OPTION', option: 'servers' });
  });
});

describe('paths', () => {
  it.each(['/a', '/a/b.c', '/a/...', '/ü/日本', '/a b'])('takes %j', (path) => {
    expect(checkPath('name', path)).toBe(path);
  });
  it.each(['', 'a', '/', '/a/', '//a', '/a//b', '/a/./b', '/a/..', '/a\n'])('refuses %j', (path) => {
    expect(thrown(() => checkPath('name', path))).toBeInstanceOf(InvalidOptionError);
  });
  it.each([
    ['jobs', '/jobs'],
    ['/jobs', '/jobs'],
    ['jobs/nightly', '/jobs/nightly'],
  ])('an election called %j lies at %j', (name, path) => {
    expect(pathOf(name)).toBe(path);
  });
});

describe('options', () => {
  it('have defaults that fit the session timeout', () => {
    expect(resolve({})).toMatchObject({
      sessionTimeoutMs: 10_000,
      leaseMs: 3333,
      heartbeatMs: 1666,
      silenceMs: 1666,
      connectTimeoutMs: 3333,
      retryMinMs: 50,
      retryMaxMs: 500,
      clockDrift: 0.01,
      onSuspend: 'hold',
      naming: 'curator',
      acl: [{ perms: 31, scheme: 'world', id: 'anyone' }],
    });
  });

  it.each([100, 150, 400, 1000, 4000, 40_000, 2_000_000])('keep every rule by default at a timeout of %i ms', (T) => {
    const { leaseMs, heartbeatMs, silenceMs, connectTimeoutMs, timings } = resolve({ sessionTimeoutMs: T });
    expect(leaseMs).toBeLessThan(T);
    expect(heartbeatMs + silenceMs).toBeLessThan(T);
    expect(connectTimeoutMs).toBeLessThan(T);
    expect(timings(2 * T)).toMatchObject({ sessionTimeoutMs: 2 * T, leaseMs: Math.floor((2 * T) / 3) });
  });

  it('are copied and frozen, and the caller’s object is left alone', () => {
    const acl = [{ perms: 1, scheme: 'world', id: 'anyone' }];
    const given = Object.freeze({ servers: 'one', acl: Object.freeze(acl), tls: Object.freeze({ ca: 'x' }) });
    const resolved = resolveOptions(given);
    for (const part of [resolved, resolved.acl, resolved.acl[0], resolved.servers, resolved.servers[0], resolved.tls])
      expect(Object.isFrozen(part)).toBe(true);
    expect(resolved.acl).not.toBe(acl);
  });

  it.each([
    ['sessionTimeoutMs', { sessionTimeoutMs: 99 }, /from 100/],
    ['sessionTimeoutMs', { sessionTimeoutMs: '10s' }, /milliseconds/],
    ['sessionTimeoutMs', { sessionTimeoutMs: Number.NaN }, /milliseconds/],
    ['sessionTimeoutMs', { sessionTimeoutMs: Number.POSITIVE_INFINITY }, /milliseconds/],
    ['sessionTimeoutMs', { sessionTimeoutMs: 2 ** 31 }, /2147483647/],
    ['leaseMs', { leaseMs: 9 }, /from 10/],
    ['leaseMs', { leaseMs: 10_000 }, /smaller than the session timeout \(10000 ms\)/],
    ['heartbeatMs', { heartbeatMs: 0 }, /from 1/],
    ['heartbeatMs', { heartbeatMs: 6000, silenceMs: 4000 }, /plus silenceMs \(4000\)/],
    ['silenceMs', { silenceMs: 0 }, /from 1/],
    ['heartbeatMs', { silenceMs: 9000 }, /noticed while the session lives/],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }, /from 1/],
    ['connectTimeoutMs', { connectTimeoutMs: 10_000 }, /another server must be tried/],
    ['retryMinMs', { retryMinMs: 0 }, /from 1/],
    ['retryMinMs', { retryMinMs: 20, retryMaxMs: 10 }, /not be larger than retryMaxMs \(10\)/],
    ['retryMaxMs', { retryMaxMs: 0 }, /from 1/],
    ['clockDrift', { clockDrift: -0.1 }, /0 to 0.5/],
    ['clockDrift', { clockDrift: 0.6 }, /0 to 0.5/],
    ['clockDrift', { clockDrift: '1%' }, /0 to 0.5/],
    ['onSuspend', { onSuspend: 'wait' }, /hold, stop/],
    ['naming', { naming: 'java' }, /curator, kazoo, go/],
    ['auth.scheme', { auth: { scheme: '', credentials: 'x' } }, /non-empty/],
    ['auth.credentials', { auth: { scheme: 'digest' } }, /non-empty/],
    ['acl', { acl: [] }, /non-empty list/],
    ['acl', { acl: 'world' }, /non-empty list/],
    ['acl', { acl: [{ perms: 0, scheme: 'world', id: 'anyone' }] }, /1 to 31/],
    ['acl', { acl: [{ perms: 32, scheme: 'world', id: 'anyone' }] }, /1 to 31/],
    ['acl', { acl: [{ perms: 1, scheme: '', id: 'anyone' }] }, /1 to 31/],
    ['acl', { acl: [{ perms: 1, scheme: 'auth' }] }, /1 to 31/],
  ])('%s of %j is refused', (option, given, rule) => {
    const error = thrown(() => resolve(given));
    expect(error).toMatchObject({ name: 'InvalidOptionError', code: 'INVALID_OPTION', option });
    expect(error.rule).toMatch(rule);
  });

  it.each([
    ['leaseMs', { leaseMs: 3000 }, 2000],
    ['heartbeatMs', { heartbeatMs: 1500, silenceMs: 500 }, 2000],
    ['connectTimeoutMs', { connectTimeoutMs: 2000 }, 2000],
  ])('%s that fitted what was asked for may not fit what the server made of it', (option, given, negotiated) => {
    const { timings } = resolve(given);
    expect(timings(10_000)).toMatchObject(given);
    const error = thrown(() => timings(negotiated));
    expect(error.option).toBe(option);
    expect(error.rule).toContain('2000 ms that the server made of the 10000 ms asked for');
  });

  it('a small retryMaxMs brings retryMinMs down with it', () => {
    expect(resolve({ retryMaxMs: 10 })).toMatchObject({ retryMinMs: 10, retryMaxMs: 10 });
    expect(resolve({ retryMinMs: 2000 })).toMatchObject({ retryMinMs: 2000, retryMaxMs: 2000 });
  });
});
