import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BareClient, text } from './bare-client.js';
import { monitorOf } from './four-letter.js';
import { opcode, startProxy } from './proxy.js';
import { strangersCertificates } from './tls.js';
import { until } from './until.js';
import { startZooKeeper } from './zookeeper.js';

it('tells its watches, watchers, sessions and ephemerals', async () => {
  await using server = await startZooKeeper();
  using client = await BareClient.connect(server.connect);
  await client.create('/here', '', 1);
  await client.getData('/here', true);
  const session = `0x${client.sessionId.toString(16)}`;
  expect(await server.watches()).toBe(1);
  expect(await server.watchers()).toEqual(new Map([['/here', [session]]]));
  expect(await server.ephemerals()).toEqual(['/here']);
  expect(await server.sessions()).toEqual([session]);
  expect((await monitorOf(server.connect)).get('zk_ephemerals_count')).toBe('1');
});

it('keeps sessions and data over a kill, and forgets them when wiped', async () => {
  await using server = await startZooKeeper();
  using client = await BareClient.connect(server.connect);
  await client.create('/here', 'x', 1);
  const pid = server.pid;
  await server.kill();
  await until(() => client.closed);
  await server.start();
  expect(server.pid).not.toBe(pid);
  expect(await server.ephemerals()).toEqual(['/here']);
  await server.stop();
  await server.wipe();
  await server.start();
  expect(await server.ephemerals()).toEqual([]);
});

it('keeps connections and answers nobody while paused', async () => {
  await using server = await startZooKeeper();
  using client = await BareClient.connect(server.connect);
  server.pause();
  const reply = client.create('/later', '');
  expect(await server.mode()).toBeUndefined();
  expect(client.closed).toBe(false);
  server.resume();
  expect(await reply).toMatchObject({ error: 0 });
});

it('stops a paused server too', async () => {
  await using server = await startZooKeeper();
  server.pause();
  await server.stop();
  expect(server.running).toBe(false);
});

it('grants session timeouts from two ticks up', async () => {
  await using server = await startZooKeeper({ tickMs: 200, maxSessionTimeoutMs: 5_000 });
  using short = await BareClient.connect(server.connect, 1);
  using long = await BareClient.connect(server.connect, 60_000);
  expect([short.timeoutMs, long.timeoutMs]).toEqual([400, 5_000]);
});

it('takes more lines of configuration, and names what is wrong when it does not start', async () => {
  const broken = startZooKeeper({ config: { tickTime: 'soon' } });
  await expect(broken).rejects.toThrow(/ZooKeeper ended:.*soon/s);
});

it('removes its folder when disposed', async () => {
  const server = await startZooKeeper();
  await server[Symbol.asyncDispose]();
  expect([existsSync(server.dataDir), server.running]).toEqual([false, false]);
});

it('serves TLS clients that show a certificate of its authority, and no others', async () => {
  await using server = await startZooKeeper({ secure: true });
  using client = await BareClient.connect(server.tls);
  expect(await client.create('/tls', '')).toMatchObject({ error: 0 });
  await client.close();
  const { cert, key } = await strangersCertificates();
  await expect(BareClient.connect({ ...server.tls, cert, key })).rejects.toThrow('closed');
});

it('loses a create reply, with the create done', async () => {
  await using server = await startZooKeeper();
  await using proxy = await startProxy(server.connect);
  using client = await BareClient.connect(proxy.connect);
  const lost = proxy.loseReplyOf(opcode.create);
  await expect(client.create('/done', '')).rejects.toThrow('ended');
  await lost;
  using other = await BareClient.connect(server.connect);
  expect(await other.request(opcode.exists, text('/done'), Buffer.from([0]))).toMatchObject({ error: 0 });
});
