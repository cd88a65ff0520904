import { expect, it } from 'vitest';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { describeHooks } from './hooks.js';
import { House } from './house.js';
import { describeTerms } from './terms.js';
import { embedded } from './world.js';

describeTerms(embedded);
describeHooks(embedded);

it('a role is told of as released once the ensemble is back, however long that takes', async () => {
  const zk = await EmbeddedZooKeeper.start();
  const house = new House();
  const [a, b] = [
    await house.node('a', zk.connectString, {}, {}, { sessionTimeoutMs: 1_000 }),
    await house.node('b', zk.connectString, {}, {}, { sessionTimeoutMs: 1_000 }),
  ];
  a.want(true);
  await a.is('serving');
  await zk.stop();
  a.want(false);
  await a.is('standby');
  expect(a.states.values.map(({ phase }) => phase)).toContain('lost');
  await zk.restart();
  b.want(true);
  const { serving } = await b.is('serving');
  expect(serving!.term.previous).toEqual({ owner: 'a', term: 1, clean: true });
  await house[Symbol.asyncDispose]();
  await zk[Symbol.asyncDispose]();
});
