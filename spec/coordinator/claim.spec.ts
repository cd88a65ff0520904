import { firstValueFrom, Subject } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claim } from '../../lib/coordinator/claim.js';
import { systemClock } from '../../lib/options.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { seen, until } from '../support/until.js';
import { House } from './house.js';

let zk: EmbeddedZooKeeper;
let house: House;
beforeEach(async () => {
  zk = await EmbeddedZooKeeper.start();
  house = new House();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
  await zk[Symbol.asyncDispose]();
});

it('I2: of two claims of one vacancy one is made; the other waits for its end', async () => {
  const nodes = await Promise.all(['a', 'b', 'c'].map((id) => house.node(id, zk.connectString)));
  const { path, members } = house.address;
  for (let round = 0; round < 10; round++) {
    const vacancy = { path: `${path}-${round}`, members, clock: systemClock, clockDrift: 0.01 };
    const claims = nodes.map((node) => seen(claim(node.member()!, { ...vacancy, claimId: `${node.id}${round}` })));
    await until(() => claims.some(({ values }) => values.length));
    await firstValueFrom(nodes[0]!.member()!.session.multi([{ op: 'check', path: nodes[0]!.member()!.path }]));
    await Promise.all(nodes.map((node) => firstValueFrom(node.member()!.session.get(vacancy.path))));
    expect(claims.filter(({ values }) => values.length)).toHaveLength(1);
    for (const one of claims) one[Symbol.dispose]();
  }
});

it('I2: waits for a lost owner from the instant its znode was seen gone, not from its last word', async () => {
  const over$ = new Subject<never>();
  const a = await house.node('a', zk.connectString, { unload: () => over$ }, { unloadTimeoutMs: 20_000 });
  a.want(true);
  await a.is('serving');
  const { leaseMs } = a.member()!.session.timings;
  await a.backend.close();
  const b = await house.node('b', zk.connectString);
  const from = performance.now();
  b.want(true);
  await b.is('serving');
  expect(performance.now() - from).toBeGreaterThanOrEqual(leaseMs);
  over$.complete();
});

it('I2: waits as long as the owner is there, however long that is', async () => {
  const brief = { sessionTimeoutMs: 60_000, leaseMs: 150 };
  const a = await house.node('a', zk.connectString, {}, {}, brief);
  const b = await house.node('b', zk.connectString, {}, {}, brief);
  a.want(true);
  const { serving } = await a.is('serving');
  b.want(true);
  await b.is('claiming');
  const from = performance.now();
  await until(() => performance.now() - from > 600);
  expect([serving?.term.isCurrent(), b.hooks.terms]).toEqual([true, []]);
});
