import { expect, it } from 'vitest';
import { findApart } from './apart.js';
import { BareClient } from './bare-client.js';
import { loseEnds } from './lose-ends.js';
import { until } from './until.js';
import { startEnsemble } from './zookeeper.js';

const EPHEMERAL = 1;

it('finds the server on which an ended session has left its znode, and is content when that has started from nothing', async () => {
  await using ensemble = await startEnsemble();
  const { servers } = ensemble;
  const [follower] = await ensemble.followers();
  {
    using client = await BareClient.connect(follower!.connect);
    await client.create('/left', '', EPHEMERAL);
    await client.close();
  }
  await until(async () => (await Promise.all(servers.map((server) => server.ephemerals()))).flat().length === 0);
  expect(await findApart(servers)).toBeUndefined();

  await follower!.stop();
  loseEnds(follower!);
  await follower!.start();
  expect(await findApart(servers)).toMatchObject({ server: follower, what: expect.stringMatching(/^\/left of 0x/) });

  await follower!.kill();
  await follower!.wipe();
  await follower!.start();
  expect(await findApart(servers)).toBeUndefined();
});
