import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../lib/connect.js';
import type { Backend } from '../../lib/election/election.js';
import { AuthenticationError } from '../../lib/errors.js';
import { freePort } from '../support/ports.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { type Certificates, createCertificates } from '../support/tls.js';
import { until } from '../support/until.js';
import { known, LEASE_MS, leads, stand } from './support.js';

const backends: Backend[] = [];
afterEach(() => Promise.all(backends.splice(0).map((backend) => backend.close())));

async function by(url: string): Promise<Backend> {
  const backend = await connect(url);
  backends.push(backend);
  return backend;
}

describe.each(['redis', 'ioredis'])('a Redis behind TLS, through %s', (library) => {
  let folder: string;
  let certificates: Certificates;
  let port: number;
  let server: RedisServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-tls-'));
    certificates = await createCertificates(folder);
    port = await freePort();
    const { authority, server: own } = certificates.files;
    const files = { 'tls-ca-cert-file': authority, 'tls-cert-file': own, 'tls-key-file': own };
    server = await startRedis({ config: { 'tls-port': String(port), 'tls-auth-clients': 'no', ...files } });
    await known(server);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const url = (more = '') => `rediss://127.0.0.1:${port}?leaseMs=${LEASE_MS}&library=${library}${more}`;
  const trusted = () => `&ca=${certificates.files.authority}`;

  it('is reached by rediss:// and the authority that signed it', async () => {
    await leads(stand(await by(url(trusted())), 'a'));
  });

  it.each([
    ['another authority has signed it', () => '', /self.signed certificate/],
    ['its certificate bears another name', () => `${trusted()}&servername=elsewhere.example`, /altnames/],
  ])('is not spoken to when %s: an error that says so ends the candidacy', async (_, more, why) => {
    const { told } = stand(await by(url(more())), 'a');
    await until(() => told.error !== undefined);
    expect(told.error).toBeInstanceOf(AuthenticationError);
    expect(String((told.error as Error).cause)).toMatch(why);
  });

  it('that asks for certificates takes ours, and refuses who has none', async () => {
    await server.say('CONFIG', 'SET', 'tls-auth-clients', 'yes');
    const own = `&cert=${join(folder, 'client.pem')}&key=${join(folder, 'client.key')}`;
    await leads(stand(await by(url(trusted() + own)), 'a'));
    const stranger = stand(await by(url(trusted())), 'stranger');
    await until(() => stranger.told.error !== undefined);
    expect(stranger.told.error).toBeInstanceOf(AuthenticationError);
  });
});

describe.each(['redis', 'ioredis'])('a Redis with users, through %s', (library) => {
  /** What the README tells an administrator to allow. */
  const rights = '~succession:* &succession:* +@read +@write +@scripting +@pubsub +@connection -@dangerous +time +info';
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
    await server.say('ACL', 'SETUSER', 'app', 'on', '>p@ss/word', ...rights.split(' '));
    await known(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const url = (login: string) => `redis://${login}@${server.connect}?leaseMs=${LEASE_MS}&library=${library}`;

  it('takes user and password from the URL, percent-encoded, and needs few rights', async () => {
    const [a, b] = [stand(await by(url('app:p%40ss%2Fword')), 'a'), stand(await by(url('app:p%40ss%2Fword')), 'b')];
    await until(() => a.me.isLeader() || b.me.isLeader());
    const [leader, next] = a.me.isLeader() ? [a, b] : [b, a];
    await next.told.next(({ role }) => role === 'follower');
    await leader.me.resign();
    await leads(next);
  });

  it('refuses a wrong password with an error that ends the candidacy', async () => {
    const { told } = stand(await by(url('app:wrong')), 'a');
    await until(() => told.error !== undefined);
    expect(told.error).toBeInstanceOf(AuthenticationError);
  });
});
