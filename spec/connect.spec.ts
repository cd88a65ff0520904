import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect, withoutPassword, zookeeperOptions } from '../lib/connect.js';

describe('a ZooKeeper URL', () => {
  it('names several servers and a chroot', async () => {
    expect(await zookeeperOptions('//a:2181,b:2182/team/app')).toEqual({ servers: 'a:2181,b:2182/team/app' });
    expect(await zookeeperOptions('//a/')).toEqual({ servers: 'a' });
  });

  it('names IPv6 servers in brackets', async () => {
    expect(await zookeeperOptions('//[::1]:2181,[fe80::2]/x')).toEqual({ servers: '[::1]:2181,[fe80::2]/x' });
  });

  it('holds options under their own names and types', async () => {
    expect(await zookeeperOptions('//a?sessionTimeoutMs=6000&clockDrift=0.05&naming=kazoo&onSuspend=stop')).toEqual({
      servers: 'a',
      sessionTimeoutMs: 6000,
      clockDrift: 0.05,
      naming: 'kazoo',
      onSuspend: 'stop',
    });
  });

  it('holds user and password, percent-encoded where they must be', async () => {
    const auth = { scheme: 'digest', credentials: 'me:p@ss/word%:x' };
    expect(await zookeeperOptions('//me:p@ss%2Fword%25:x@a/b')).toEqual({ servers: 'a/b', auth });
  });

  it('names the files of TLS, which are read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'succession-'));
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, 'PEM');
    const options = await zookeeperOptions(`//a?ca=${encodeURIComponent(ca)}&servername=zk`, true);
    await rm(folder, { recursive: true });
    expect(options).toEqual({ servers: 'a', tls: { ca: Buffer.from('PEM'), servername: 'zk' } });
  });

  it('with zookeepers:// speaks TLS also without files', async () => {
    expect(await zookeeperOptions('//a', true)).toEqual({ servers: 'a', tls: {} });
  });
});

describe('connect', () => {
  it.each([
    [
      'localhost:2181',
      'url: must start with zookeeper://, zookeepers://, redis://, rediss:// or memory: (got "localhost:2181")',
    ],
    ['http://localhost', 'must start with zookeeper://'],
    ['constructor:x', 'must start with zookeeper://'],
    ['zookeeper://', 'must name a server'],
    ['zookeeper:///chroot', 'must name a server'],
    ['zookeeper://a?sessionTimeout=5', 'sessionTimeout: is not a parameter; known are sessionTimeoutMs, leaseMs'],
    ['zookeeper://a?leaseMs=soon', 'leaseMs: must be a number (got "soon")'],
    ['zookeeper://a?leaseMs=', 'leaseMs: must be a number'],
    ['zookeeper://a?leaseMs=1&leaseMs=2', 'leaseMs: must be given once'],
    ['zookeeper://a?ca=ca.pem', 'ca: needs zookeepers://'],
    ['zookeepers://a?ca=/no/such/file', 'ca: must be a file that can be read'],
    ['redis://', 'must be redis://host:port/db'],
    ['redis://a/orders', 'must name the database by its number'],
    ['redis://a?leaseMS=5', 'leaseMS: is not a parameter; known are leaseMs, renewMs'],
    ['redis://a?leaseMs=soon', 'leaseMs: must be a number (got "soon")'],
    ['redis://a?leaseMs=1000&leaseMs=2000', 'must give each parameter once'],
    ['redis://a?ca=ca.pem', 'ca: needs rediss://'],
    ['rediss://a?ca=/no/such/file', 'ca: must be a file that can be read'],
    ['redis://a?library=jedis', 'library: must be one of redis, ioredis'],
    ['zookeeper://me:100%@a', 'must be percent-encoded'],
  ])('refuses %s and says why', async (url, message) => {
    await expect(connect(url)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message),
    });
  });

  it('never shows a password', async () => {
    expect(withoutPassword('zookeeper://me:secret@a,b/c?x=1')).toBe('zookeeper://me:***@a,b/c?x=1');
    expect(withoutPassword('zookeeper://me:s@cret@a')).toBe('zookeeper://me:***@a');
    expect(withoutPassword('zookeeper://a,b:1/c@d')).toBe('zookeeper://a,b:1/c@d');
    await expect(connect('zk://me:secret@a')).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
    await expect(connect('redis://me:secret@a/x')).rejects.not.toMatchObject({
      message: expect.stringContaining('secret'),
    });
    await expect(connect('zookeeper://me:secret%@a')).rejects.not.toMatchObject({
      message: expect.stringContaining('secret'),
    });
  });
});
