import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../../lib/zookeeper/session.js';
import { startZooKeeper, type ZooKeeperServer } from '../../support/any-zookeeper.js';
import { BareClient } from '../../support/bare-client.js';
import { startProxy, type Proxy as TcpProxy } from '../../support/proxy.js';
import { seen, until } from '../../support/until.js';
import { ask, data, freshPath, type Joined, join, quick, WITHIN_MS } from './support.js';

describe('a watch', () => {
  let server: ZooKeeperServer;
  let proxy: TcpProxy;
  let client: Joined;
  let session: Session;
  let witness: BareClient;
  beforeAll(async () => {
    server = await startZooKeeper();
  });
  beforeEach(async () => {
    proxy = await startProxy(server.connect);
    client = join({ servers: proxy.connect, ...quick });
    session = await client.session();
    witness = await BareClient.connect(server.connect);
  });
  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    witness[Symbol.dispose]();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('rule 7: tells every change and ends with the znode; a missing path leaves no watch', async () => {
    const path = freshPath();
    await witness.create(path, 'a');
    using watching = seen(session.watch(path));
    for (const version of [1, 2, 3]) {
      await watching.next((znode) => znode.version === version - 1);
      await witness.setData(path, `${version}`);
    }
    await watching.next(({ version }) => version === 3);
    await witness.delete(path);
    await until(() => watching.completed);
    using missing = seen(session.watch(freshPath()));
    await until(() => missing.completed);
    expect(missing.error).toBeUndefined();
    expect(await server.watchers()).toEqual(new Map());
  });

  it('2.4: what changed while the wire was down is told when it is up again', async () => {
    const [changed, deleted, parent] = [freshPath(), freshPath(), freshPath()];
    for (const path of [changed, deleted, parent]) await witness.create(path, '');
    using change = seen(session.watch(changed));
    using deletion = seen(session.watch(deleted));
    using children = seen(session.watchChildren(parent));
    await Promise.all([change.next(), deletion.next(), children.next()]);
    await proxy.down();
    await client.connection.next((state) => state === 'suspended');
    await witness.setData(changed, 'meanwhile');
    await witness.delete(deleted);
    await witness.create(`${parent}/child`, '');
    await proxy.up();
    await change.next(({ version }) => version === 1, WITHIN_MS);
    await until(() => deletion.completed, { within: WITHIN_MS });
    expect(await children.next((names) => names.length === 1, WITHIN_MS)).toEqual(['child']);
    expect(client.sessions.last).toBe(session);
  });

  it('2.4: a read that the wire breaks is done again with the next connection', async () => {
    const path = freshPath();
    await witness.create(path, '');
    proxy.hold();
    using watching = seen(session.watch(path));
    proxy.cut();
    proxy.forward();
    await watching.next(() => true, WITHIN_MS);
    await witness.setData(path, 'changed');
    await watching.next(({ version }) => version === 1, WITHIN_MS);
  });

  it('ZOOKEEPER-706: more watches than one request could name are kept across connections', async () => {
    const parent = freshPath();
    await witness.create(parent, '');
    const paths = Array.from({ length: 1200 }, (_, i) => `${parent}/${i}-${'x'.repeat(1000)}`);
    for (let i = 0; i < paths.length; i += 200)
      await ask(session.multi(paths.slice(i, i + 200).map((path) => ({ op: 'create', path, data: data('') }))));
    const told = paths.map((path) => seen(session.watch(path)));
    await Promise.all(told.map((one) => one.next()));
    proxy.cut();
    await client.resumed();
    for (const path of [paths[0]!, paths.at(-1)!]) await witness.setData(path, 'changed');
    for (const one of [told[0]!, told.at(-1)!]) await one.next(({ version }) => version === 1, WITHIN_MS);
    for (const one of told) one[Symbol.dispose]();
    for (let i = 0; i < paths.length; i += 200)
      await ask(session.multi(paths.slice(i, i + 200).map((path) => ({ op: 'remove', path }))));
  });

  it('#72: never warns of too many listeners, however often a path is watched again', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const path = freshPath();
    await witness.create(path, '');
    for (let round = 0; round < 40; round++) {
      session.watch(path).subscribe().unsubscribe(); // Leaves before the answer,
      using brief = seen(session.watch(path)); // after it,
      await brief.next();
      using changing = seen(session.watch(path)); // and after a change.
      await changing.next();
      if (round % 5 === 4) await witness.setData(path, `${round}`);
    }
    await new Promise(setImmediate);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('2.4: many who follow one path all hear of every last state, and cost the server one watch', async () => {
    const path = freshPath();
    await witness.create(path, '');
    const crowd = Array.from({ length: 20 }, () => seen(session.watch(path)));
    await Promise.all(crowd.map((one) => one.next()));
    expect((await server.watchers()).get(path)).toHaveLength(1);
    for (let change = 1; change <= 20; change++) await witness.setData(path, `${change}`);
    await Promise.all(crowd.map((one) => one.next(({ version }) => version === 20)));
    for (const one of crowd) one[Symbol.dispose]();
  });

  it('2.4: who leaves and comes back between a change and its answer misses nothing', async () => {
    const path = freshPath();
    await witness.create(path, '');
    for (let change = 1; change <= 100; change++) {
      const changed = witness.setData(path, `${change}`);
      session.watch(path).subscribe().unsubscribe();
      using watching = seen(session.watch(path));
      await changed;
      await watching.next(({ version }) => version === change);
    }
  });

  it('2.5: a watch on a session with data of its own keeps telling after the children were watched too', async () => {
    const path = freshPath();
    await ask(session.create(path, data('')));
    using own = seen(session.watch(path));
    using children = seen(session.watchChildren(path));
    await Promise.all([own.next(), children.next()]);
    await witness.create(`${path}/child`, '');
    await children.next((names) => names.length === 1);
    await witness.setData(path, 'changed');
    await own.next(({ version }) => version === 1);
    await witness.delete(`${path}/child`);
    await children.next((names) => names.length === 0);
    await witness.delete(path);
    await until(() => own.completed && children.completed);
  });
});
