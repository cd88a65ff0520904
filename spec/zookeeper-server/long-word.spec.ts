import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { int, long, text } from '../support/bare-client.js';
import { opcodes } from './vocabulary.js';
import { Wire } from './wire.js';

/** Twenty requests' worth of watches: more than two sockets hold between them. */
async function watchMuch(wire: Wire): Promise<void> {
  for (let request = 0; request < 20; request++) {
    const paths = Array.from({ length: 90 }, (_, at) => text(`/${request}-${at}-${'x'.repeat(10_000)}`));
    const body = [long(0n), int(0), int(paths.length), ...paths, int(0)];
    expect(await wire.request(opcodes.setWatches, Buffer.concat(body))).toMatchObject({ error: 0 });
  }
}

it('a four-letter word is answered to the end, to whoever says more than the word too', async () => {
  await using zk = await EmbeddedZooKeeper.start({ virtualTime: true });
  await watchMuch(await Wire.open(zk.connectString));
  const socket = connect({ port: zk.port, allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.write('wchp');
  await once(socket, 'readable');
  socket.write('\n');
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(socket, 'end').finally(() => socket.destroy());
  expect(bytes).toBeGreaterThan(20 * 90 * 10_000);
});
