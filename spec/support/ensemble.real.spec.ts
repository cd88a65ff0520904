import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BareClient } from './bare-client.js';
import { until } from './until.js';
import { type Ensemble, startEnsemble } from './zookeeper.js';

describe('an ensemble', () => {
  let ensemble: Ensemble;
  let paths = 0;
  const next = () => `/path-${paths++}`;

  beforeAll(async () => {
    ensemble = await startEnsemble();
  });
  afterEach(async () => {
    for (const server of ensemble.servers) {
      ensemble.heal(server);
      if (!server.running) await server.launch();
    }
    await ensemble.settled();
  });
  afterAll(() => ensemble[Symbol.asyncDispose]());

  it('has one leader, and followers for the rest', async () => {
    const leader = await ensemble.leader();
    const followers = await ensemble.followers();
    expect(new Set([leader, ...followers])).toEqual(new Set(ensemble.servers));
    expect(ensemble.connect.split(',')).toHaveLength(3);
  });

  it('elects another leader when the leader is killed, and takes the killed one back', async () => {
    const leader = await ensemble.leader();
    await leader.kill();
    const successor = await ensemble.leader();
    expect(successor).not.toBe(leader);
    await leader.start();
    expect(await leader.mode()).toBe('follower');
  });

  it('keeps the clients of an isolated follower connected, reading the past, while their writes hang', async () => {
    const [follower] = await ensemble.followers();
    if (!follower) throw new Error('no follower');
    using reader = await BareClient.connect(follower.connect);
    using writer = await BareClient.connect(follower.connect);
    using outside = await BareClient.connect((await ensemble.leader()).connect);
    const path = next();
    await reader.create(path, 'old');
    ensemble.isolate(follower);
    const writing = writer.setData(path, 'never seen');
    expect(await outside.setData(path, 'new')).toMatchObject({ error: 0 });
    expect((await outside.getData(path)).body.toString()).toContain('new');
    expect((await reader.getData(path)).body.toString()).toContain('old');
    expect(await Promise.race([writing, 'hangs'])).toBe('hangs');
    expect([reader.closed, writer.closed]).toEqual([false, false]);
    ensemble.heal(follower);
    expect(await writing).toMatchObject({ error: 0 });
  });

  it('replaces an isolated leader, which then no longer serves and joins again when healed', async () => {
    const leader = await ensemble.leader();
    using client = await BareClient.connect(leader.connect);
    ensemble.isolate(leader);
    await until(async () => (await leader.mode()) === undefined && client.closed);
    const successor = await ensemble.leader();
    expect(successor).not.toBe(leader);
    using other = await BareClient.connect(successor.connect);
    expect(await other.create(next(), '')).toMatchObject({ error: 0 });
    ensemble.heal(leader);
    await leader.serving();
    expect(await leader.mode()).toBe('follower');
  });

  it('drops the clients of a follower whose links are reset, and goes on without it', async () => {
    const [follower] = await ensemble.followers();
    if (!follower) throw new Error('no follower');
    using client = await BareClient.connect(follower.connect);
    ensemble.isolate(follower, 'reset');
    await until(() => client.closed);
    using other = await BareClient.connect((await ensemble.leader()).connect);
    expect(await other.create(next(), '')).toMatchObject({ error: 0 });
  });

  it('lets a restarted server back in only through the cut links', async () => {
    const server = ensemble.servers[0];
    if (!server) throw new Error('no server');
    await server.kill();
    await ensemble.leader();
    ensemble.isolate(server);
    await server.launch();
    await until(async () => (await server.fourLetter('srvr')).includes('not currently serving'));
    const serving = server.serving().then(() => 'serving');
    expect(await Promise.race([serving, ticks(15)])).toBe('cut off');
    ensemble.heal(server);
    await serving;
  });
});

/** Two seconds of ZooKeeper's, seen through another server: long enough for any server to have joined. */
async function ticks(looks: number): Promise<string> {
  let looked = 0;
  await until(() => ++looked > looks, { every: 100 });
  return 'cut off';
}
