import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import type { Candidacy } from '../../lib/election/election.js';
import type { Finding } from '../../lib/election/inspect.js';
import { type ZooKeeperBackend, zookeeper } from '../../lib/zookeeper/index.js';
import { identityOf, namePrefix } from '../../lib/zookeeper/line.js';
import { BareClient } from '../support/bare-client.js';
import { loseCreation, loseEnds } from '../support/lose-ends.js';
import { seen, until } from '../support/until.js';
import { startEnsemble, type ZooKeeperServer } from '../support/zookeeper.js';

const EPHEMERAL_SEQUENTIAL = 3;
const TIMEOUT_MS = 400;
const patient = { sessionTimeoutMs: 20_000, leaseMs: 2 * TIMEOUT_MS };
const place = `/e/${namePrefix('curator', identityOf('00000000-0000-4000-8000-000000000000'), 100)}`;

/** ZOOKEEPER-4785 and 5010, brought about by hand. */
it('leads although its server goes on showing the znode of a session that has ended, ten session timeouts later; the doctor names the server', async () => {
  await using ensemble = await startEnsemble();
  const [apart] = await ensemble.followers();
  {
    using client = await BareClient.connect(apart!.connect);
    await client.create('/e', '');
    await client.create(place, '', EPHEMERAL_SEQUENTIAL);
    await client.close();
  }
  const gone = async () => (await Promise.all(ensemble.servers.map((one) => one.ephemerals()))).flat().length === 0;
  await until(gone);
  await restarted(apart!, loseEnds);

  await using backend = zookeeper({ servers: apart!.connect, sessionTimeoutMs: TIMEOUT_MS });
  const candidacy = backend.election('e').campaign({ id: 'us' });
  using leadership = seen(candidacy.leadership$);
  await leadership.next(({ role }) => role === 'follower');
  const followedAt = performance.now();
  await leadership.next(({ role }) => role === 'leader');
  expect(performance.now() - followedAt).toBeGreaterThan(9 * TIMEOUT_MS);
  expect(await apart!.ephemerals()).toHaveLength(2);

  expect(await findings(ensemble.connect)).toMatchObject([
    {
      severity: 'error',
      subject: apart!.connect,
      text: expect.stringMatching(/^Goes on showing .*-latch-0+, which is gone/),
    },
  ]);
});

it('leaves the place whose creation its server has lost, so that the one behind it leads', async () => {
  await using ensemble = await startEnsemble();
  const [apart, other] = await ensemble.followers();
  await using here = zookeeper({ servers: apart!.connect, ...patient });
  await using there = zookeeper({ servers: other!.connect, ...patient });
  const first = await standing(there, 'first', 'leader');
  const us = await standing(here, 'us', 'follower');
  const behind = await standing(there, 'behind', 'follower');
  const lost = (await apart!.ephemerals()).find((path) => path.endsWith('1'));
  await restarted(apart!, (server) => loseCreation(server, lost!));
  await first.resign();
  using leadership = seen(behind.leadership$);
  await leadership.next(({ role }) => role === 'leader');
  await until(() => us.leadership.role === 'follower');
  expect(await other!.ephemerals()).not.toContain(lost);
  expect(await other!.ephemerals()).toHaveLength(2);
});

it('never leads at once with one whom its server does not show: whose claim is not the last gives way', async () => {
  await using ensemble = await startEnsemble();
  const [apart, other] = await ensemble.followers();
  await using here = zookeeper({ servers: apart!.connect, ...patient });
  await using there = zookeeper({ servers: other!.connect, ...patient });
  const first = await standing(there, 'first', 'leader');
  const unseen = await standing(there, 'unseen', 'follower');
  const lost = (await apart!.ephemerals()).find((path) => path.endsWith('1'));
  await restarted(apart!, (server) => loseCreation(server, lost!));
  const us = await standing(here, 'us', 'follower');
  await first.resign();
  let together = 0;
  await until(() => {
    if (us.isLeader() && unseen.isLeader()) together++;
    return us.isLeader() && unseen.leadership.role === 'follower';
  });
  expect(together).toBe(0);
});

it('has the doctor name a server that does not show somebody who stands', async () => {
  await using ensemble = await startEnsemble();
  const [apart, other] = await ensemble.followers();
  using client = await BareClient.connect(other!.connect);
  await client.create('/e', '');
  await client.create(place, '', EPHEMERAL_SEQUENTIAL);
  await until(async () => (await apart!.ephemerals()).length === 1);
  await restarted(apart!, (server) => loseCreation(server, place));
  expect(await findings(ensemble.connect)).toMatchObject([
    {
      severity: 'error',
      subject: apart!.connect,
      text: expect.stringMatching(/^Does not show .*-latch-0+, which stands/),
    },
  ]);
  expect(await findings([other!, await ensemble.leader()].map(({ connect }) => connect).join())).toEqual([]);
});

async function restarted(server: ZooKeeperServer, lose: (stopped: ZooKeeperServer) => void): Promise<void> {
  await server.stop();
  lose(server);
  await server.start();
}

/** Those about servers that have come apart. */
async function findings(servers: string): Promise<Finding[]> {
  await using backend = zookeeper({ servers });
  const found = await lastValueFrom(backend.inspect.doctor('e'));
  return found.filter(({ code }) => code === 'server-apart');
}

async function standing(backend: ZooKeeperBackend, id: string, role: string): Promise<Candidacy> {
  const candidacy = backend.election('e').campaign({ id });
  using leadership = seen(candidacy.leadership$);
  await leadership.next((value) => value.role === role);
  return candidacy;
}
