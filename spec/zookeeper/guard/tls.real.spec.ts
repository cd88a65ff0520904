import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itOnReal, startZooKeeper, type Tls, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { startProxy } from '../../support/proxy.js';
import { strangersCertificates } from '../../support/tls.js';
import { until } from '../../support/until.js';
import { ask, data, failure, freshPath, join, quick, WITHIN_MS } from './support.js';

/** TLS takes its time on a busy machine. */
const patient = { ...quick, sessionTimeoutMs: 8000, connectTimeoutMs: 3000 };

describe('TLS', () => {
  let server: ZooKeeperServer;
  let tls: Tls;
  beforeAll(async () => {
    server = await startZooKeeper({ secure: true });
    tls = server.tls;
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const mine = () => ({ ca: tls.ca, cert: tls.cert, key: tls.key });

  it('5: with an authority and a client certificate requests, heartbeats and reconnects work', async () => {
    await using proxy = await startProxy(tls.connect, { framed: false });
    await using client = join({ servers: proxy.connect, ...patient, tls: mine() });
    const session = await client.session();
    const path = freshPath();
    await ask(session.create(path, data('secret')));
    const sent = proxy.bytes.toServer;
    await until(() => proxy.bytes.toServer > sent + 200, { within: WITHIN_MS });
    proxy.cut('reset');
    await client.resumed();
    expect(Buffer.from((await ask(session.get(path))).data).toString()).toBe('secret');
    expect(client.sessions.last).toBe(session);
    await client.wire.close();
    await until(() => proxy.open === 0);
  });

  it('5: a black hole is noticed under TLS too', async () => {
    await using proxy = await startProxy(tls.connect, { framed: false });
    await using client = join({ servers: proxy.connect, ...patient, tls: mine() });
    const session = await client.session();
    proxy.hold();
    expect(await failure(session.get('/'))).toMatchObject({ code: 'CONNECTION_LOST' });
    proxy.forward();
    await client.connection.next((state) => state === 'suspended');
    await client.connection.next((state) => state === 'connected', WITHIN_MS);
  });

  it.each([
    ['our authority has not signed', async () => ({ ca: (await strangersCertificates()).ca }), /CERT|ISSUER|VERIFY/],
    ['is for another name', async () => ({ servername: 'other.example' }), /ALTNAME/],
  ])('5: a server with a certificate that %s is not talked to: a typed error tells why', async (_, wrong, code) => {
    await using client = join({ servers: tls.connect, ...patient, tls: { ...mine(), ...(await wrong()) } });
    await until(() => client.sessions.error, { within: WITHIN_MS });
    const error = client.sessions.error as Error & { cause: { code: string } };
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false });
    expect(error.cause.code).toMatch(code);
    expect(client.sessions.values).toEqual([undefined]);
  });

  async function refused(shown: { cert?: string; key?: string }): Promise<void> {
    await using client = join({ servers: tls.connect, ...patient, tls: { ca: tls.ca, ...shown } });
    await until(() => client.sessions.error, { within: WITHIN_MS });
    expect(client.sessions.error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(client.sessions.values).toEqual([undefined]);
  }

  it('5: a client without a certificate is refused by the server: a typed error', () => refused({}));

  itOnReal(
    'Node’s TLS judges after the handshake, and can send no alert then',
    '5: a stranger’s client certificate is refused by the server: a typed error',
    async () => {
      const { cert, key } = await strangersCertificates();
      await refused({ cert, key });
    },
  );

  it('5: a certificate that cannot be read is a typed error, not an exception in a timer', async () => {
    await using client = join({ servers: tls.connect, ...patient, tls: { ...mine(), cert: 'no certificate' } });
    await until(() => client.sessions.error);
    expect(client.sessions.error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retriable: false });
  });

  it('fact 3: plain talk to the TLS port, and TLS to the plain port, end in attempts and not in a hang', async () => {
    await using plain = join({ servers: `${tls.connect},${server.connect}`, ...quick });
    expect(await plain.session()).toBeDefined();
    await using secure = join({ servers: `${server.connect},${tls.connect}`, ...patient, tls: mine() });
    expect(await secure.session()).toBeDefined();
  });
});
