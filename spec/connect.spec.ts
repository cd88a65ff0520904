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
      'url: must start with zookeeper://, zookeepers://, redis://, rediss://, raft://, bully://, ring://, voting:// or memory: (got "localhost:2181")',
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

  it('gives its logger to an election inside the process too', async () => {
    const told: string[] = [];
    const tell = (_: object, message: string) => void told.push(message);
    await using backend = await connect('memory:connect.spec', {
      logger: { debug: tell, info: tell, warn: tell, error: tell },
    });
    await backend.election('x').campaign({ id: 'me' }).resign();
    expect(told).toContain('leadership');
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

describe('a Raft URL', () => {
  const group = 'raft://n1@127.0.0.1:7001,n2@127.0.0.1:7002,n3@[::1]:7003';
  const refused = (query: string) => connect(`${group}${query}`).then(() => undefined, String);

  it('names the group, and which of it this node is', async () => {
    await using backend = await connect(`${group}?self=n2&dir=/nowhere&electionTimeoutMs=500&observers=n3`);
    expect(backend.guarantee).toBe('lease');
  });

  it.each([
    ['', /self: must say which of them this node is/],
    ['?self=n9&dir=/x', /self: must be one of/],
    ['?self=n1', /dir: must name a directory/],
    ['?self=n1&dir=/x&secret=open', /secret: stays out of URLs.*SUCCESSION_SECRET/],
    ['?self=n1&dir=/x&firstStart=yes', /firstStart: must be true or false/],
    ['?self=n1&dir=/x&electionTimeoutMs=soon', /electionTimeoutMs: must be a number/],
    ['?self=n1&dir=/x&sessionTimeoutMs=1', /sessionTimeoutMs: is not a parameter; known are self, dir/],
    ['?self=n1&self=n2&dir=/x', /self: must be given once/],
    ['?self=n1&dir=/x&ca=/nowhere', /ca: must be a file that can be read/],
  ])('is refused by a rule with %s', async (query, rule) => {
    expect(await refused(query)).toMatch(rule);
  });

  it('needs a secret or TLS as soon as one of the group is not on this machine', async () => {
    const url = 'raft://n1@127.0.0.1:7001,n2@10.0.0.2:7001?self=n1&dir=/x';
    await expect(connect(url)).rejects.toThrow(/secret: must be given .* since 10.0.0.2 is not only this machine/);
  });
});

describe.each(['bully', 'ring', 'voting'])('a %s URL', (scheme) => {
  const group = `${scheme}://n1@127.0.0.1:7001,n2@127.0.0.1:7002,n3@127.0.0.1:7003?self=n1`;

  it.each([
    ['&dir=/nowhere', 'lease'],
    ['&dir=/nowhere&previousMembers=n1,n2', 'lease'],
    ['&quorum=majority&dir=/nowhere&leaseMs=3000&answerMs=100&heartbeatMs=200&weight=3', 'lease'],
    ['&quorum=none', 'best-effort'],
    ['&quorum=2', 'best-effort'],
  ])('with %s promises: %s', async (query, guarantee) => {
    await using backend = await connect(group + query);
    expect(backend.guarantee).toBe(guarantee);
  });

  it.each([
    ['', /dir: must name a directory/],
    ['&quorum=most', /quorum: must be 'majority', 'none' or a number from 1 to 3/],
    ['&quorum=4', /quorum: must be .* a number from 1 to 3/],
    ['&quorum=none&electionTimeoutMs=5', /electionTimeoutMs: is not a parameter; known are self, dir/],
    ['&quorum=none&leaseMs=100', /leaseMs: must be at least twice heartbeatMs/],
  ])('is refused by a rule with %s', async (query, rule) => {
    await expect(connect(group + query)).rejects.toThrow(rule);
  });
});
