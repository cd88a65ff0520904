import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { strangersCertificates } from '../support/tls.js';
import { until } from '../support/until.js';
import { Wire } from './wire.js';

/** Connected, and silent. */
async function dial({ port }: EmbeddedZooKeeper): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('a server with TLS', () => {
  it('stops although somebody has connected to it who never begins the handshake', async () => {
    const zk = await EmbeddedZooKeeper.start({ tls: await strangersCertificates() });
    const silent = await dial(zk);
    const rubbish = await dial(zk);
    rubbish.write('no handshake at all');
    await once(rubbish, 'close'); // Whoever came before it has been taken, too.
    const left = once(silent, 'close');
    let stopped = false;
    void zk.stop().then(() => {
      stopped = true;
    });
    await until(() => stopped, { within: 5_000 }).finally(() => silent.destroy());
    await left;
  });
});

describe('a server that is told several things at once', () => {
  it('does one after the other: who stops it while it restarts has stopped it', async () => {
    await using zk = await EmbeddedZooKeeper.start({ virtualTime: true });
    const restarting = zk.restart();
    await Promise.all([restarting, zk.stop()]);
    expect((await Wire.open(zk.connectString)).session).toBe(0n);
  });

  it('restarts twice, and then its sessions age once, and not when it has stopped', async () => {
    await using zk = await EmbeddedZooKeeper.start({ virtualTime: true });
    const { session } = await Wire.open(zk.connectString, { timeoutMs: 1_000 });
    await Promise.all([zk.restart(), zk.restart()]);
    await zk.stop();
    zk.advance(60_000);
    expect(zk.sessions).toMatchObject([{ id: session }]);
  });
});
