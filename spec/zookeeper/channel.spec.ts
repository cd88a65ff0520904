import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { beat } from '../../lib/health/beat.js';
import { channelOf } from '../../lib/health/channel-of.js';
import { fixed } from '../../lib/health/fixed.js';
import { monitor } from '../../lib/health/monitor.js';
import { zookeeper } from '../../lib/zookeeper/index.js';
import { EmbeddedZooKeeper } from '../../lib/zookeeper-server/index.js';
import { BareClient } from '../support/bare-client.js';
import { seen, until } from '../support/until.js';

const PATH = 'health/workers';
const INTERVAL = 100;

/** A server, and as many backends on it as are asked for. */
async function house(sessionTimeoutMs = 3_000) {
  const zk = await EmbeddedZooKeeper.start({ tickMs: 50 });
  const opened: { close(): Promise<void> }[] = [];
  const backend = () => {
    const made = zookeeper({ servers: zk.connectString, sessionTimeoutMs });
    opened.push(made);
    return made;
  };
  return {
    zk,
    backend,
    /** A listener on a connection of its own. Patient: these specs are about the channel, on a machine that may be busy. */
    listener: (missed = 100) =>
      monitor(channelOf(backend(), PATH), { detector: fixed({ intervalMs: INTERVAL, missed }), checkEveryMs: 50 }),
    znodes: () =>
      zk
        .dump()
        .split('\n')
        .filter((line) => /-beat-\d+/.test(line)),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((one) => one.close()));
      await zk[Symbol.asyncDispose]();
    },
  };
}

const ids = (members: readonly { id: string }[] | undefined) =>
  members
    ?.map(({ id }) => id)
    .sort()
    .join();

describe('heartbeats through ZooKeeper', () => {
  it('are heard by all, each from a znode of its own, whoever came first', async () => {
    await using scene = await house();
    using early = seen(scene.listener().members$);
    const beats = ['a', 'b/ü', 'c'].map((id) =>
      seen(beat(channelOf(scene.backend(), PATH), { id, intervalMs: INTERVAL })),
    );
    await until(() => ids(early.last) === 'a,b/ü,c');
    using late = seen(scene.listener().members$);
    await until(() => ids(late.last) === 'a,b/ü,c');
    await until(() => (late.last ?? []).every(({ sequence }) => sequence > 3));
    expect(scene.znodes()).toHaveLength(3);
    for (const one of beats) one[Symbol.dispose]();
  });

  it('end with a goodbye, and are nobody’s failure', async () => {
    await using scene = await house();
    const listener = scene.listener();
    using members = seen(listener.members$);
    using failures = seen(listener.failures$);
    const beating = seen(beat(channelOf(scene.backend(), PATH), { id: 'a', intervalMs: INTERVAL }));
    await until(() => ids(members.last) === 'a');
    beating[Symbol.dispose]();
    await until(() => members.last?.length === 0);
    expect(failures.values).toEqual([]);
  });

  it('go on in the next session, as the same life', async () => {
    await using scene = await house();
    const backend = scene.backend();
    using members = seen(scene.listener().members$);
    using _ = seen(beat(channelOf(backend, PATH), { id: 'a', intervalMs: INTERVAL }));
    await until(() => ids(members.last) === 'a');
    const [before] = scene.znodes();
    const owner = ownerIn(before);
    scene.zk.faults.expire(owner);
    const { sequence = 0, since } = members.last?.[0] ?? {};
    await until(() => scene.znodes().some((line) => ownerIn(line) !== owner));
    await until(() => (members.last?.[0]?.sequence ?? 0) > sequence);
    expect(members.last).toMatchObject([{ id: 'a', restarts: 0, since }]);
  });

  it('find the znode that an unanswered create left behind: there is never a second one', async () => {
    await using scene = await house();
    using members = seen(scene.listener().members$);
    using first = seen(beat(channelOf(scene.backend(), PATH), { id: 'first', intervalMs: INTERVAL }));
    await until(() => ids(members.last) === 'first');
    const lost = scene.zk.faults.cutReply(({ op, error }) => op === 'create' && error === 0, 0);
    using _ = seen(beat(channelOf(scene.backend(), PATH), { id: 'a', intervalMs: INTERVAL }));
    await until(() => (members.last?.find(({ id }) => id === 'a')?.sequence ?? 0) > 5);
    expect([lost.fired, scene.znodes().length, first.completed]).toEqual([1, 2, false]);
  });

  it('make a znode again that somebody has removed', async () => {
    await using scene = await house();
    using members = seen(scene.listener().members$);
    using _ = seen(beat(channelOf(scene.backend(), PATH), { id: 'a', intervalMs: INTERVAL }));
    await until(() => ids(members.last) === 'a');
    const [line = ''] = scene.znodes();
    const [name = ''] = /a-beat-\d+/.exec(line) ?? [];
    using operator = await BareClient.connect(scene.zk.connectString);
    await operator.delete(`/${PATH}/${name}`);
    const { sequence = 0 } = members.last?.[0] ?? {};
    await until(() => scene.znodes().length === 1 && !scene.znodes()[0]?.includes(name));
    await until(() => (members.last?.[0]?.sequence ?? 0) > sequence + 1);
  });

  it('are not held against members while it is we who are cut off', async () => {
    await using scene = await house(1_000);
    const listener = scene.listener(30);
    using failures = seen(listener.failures$);
    using health = seen(listener.clusterHealth$);
    using _ = seen(beat(channelOf(scene.backend(), PATH), { id: 'a', intervalMs: INTERVAL }));
    await until(() => health.last?.alive === 1);
    await scene.zk.stop();
    await until(() => health.last?.hearing === false);
    const before = performance.now();
    await until(() => performance.now() - before > 3_500);
    await scene.zk.restart();
    await until(() => health.last?.hearing === true);
    expect(failures.values).toEqual([]);
  });

  it('stop at a crash: the silence is a failure, the next life a recovery', async () => {
    await using scene = await house();
    const listener = scene.listener(15);
    using failures = seen(listener.failures$);
    using recoveries = seen(listener.recoveries$);
    const crashing = zookeeper({ servers: scene.zk.connectString, sessionTimeoutMs: 3_000 });
    const said$ = new Subject<unknown>();
    const published = channelOf(crashing, PATH)
      .publish('a', said$, () => undefined)
      .subscribe();
    using heard = seen(listener.members$);
    let sequence = 0;
    await until(
      () => {
        sequence += 1;
        said$.next({ id: 'a', sequence, since: 1, status: 'healthy', load: {} });
        return (heard.last?.length ?? 0) > 0;
      },
      { every: INTERVAL },
    );
    published.unsubscribe();
    await crashing.close();
    await until(() => failures.values.length > 0);
    using _ = seen(beat(channelOf(scene.backend(), PATH), { id: 'a', intervalMs: INTERVAL }));
    await until(() => recoveries.values.length > 0);
    expect(failures.values).toMatchObject([{ id: 'a' }]);
    expect(recoveries.values).toMatchObject([{ id: 'a', restarted: true }]);
  });

  it('are no election, and no candidates', async () => {
    await using scene = await house();
    const backend = scene.backend();
    using members = seen(scene.listener().members$);
    using _ = seen(beat(channelOf(backend, PATH), { id: 'a', intervalMs: INTERVAL }));
    await until(() => ids(members.last) === 'a');
    using elections = seen(backend.elections());
    await until(() => elections.completed);
    expect(elections.values).toEqual([[]]);
  });
});

function ownerIn(line = ''): bigint {
  const [, owner = ''] = /(0x[0-9a-f]+)/.exec(line) ?? [];
  return BigInt(owner || 0);
}
